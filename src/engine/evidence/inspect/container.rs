//! The archive around the files, byte by byte: what an unpacking program passes over.

use std::io::Cursor;

use zip::ZipArchive;

/// Fewer bytes than this were touched by hand; another program writes more of them differently.
const FEW: usize = 9;

const END: &[u8] = b"PK\x05\x06";

#[derive(Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// The first of a few bytes.
    At(usize),
    Everywhere,
}

/// How an archive differs from the one that its files make.
pub fn difference(made: &[u8], given: &[u8]) -> Difference {
    let mut different = made.iter().zip(given).enumerate().filter(|(_, (made, given))| made != given).map(|(at, _)| at);
    match (different.next(), made.len() == given.len()) {
        (None, true) => Difference::None,
        (Some(at), true) if different.count() + 1 < FEW => Difference::At(at),
        _ => Difference::Everywhere,
    }
}

/// How many entries the end of the archive counts: more than there are names when a name stands twice.
pub fn entries(pack: &[u8]) -> Option<usize> {
    let end = pack.windows(END.len()).rposition(|window| window == END)?;
    let count = pack.get(end + 10..end + 12)?;
    Some(usize::from(u16::from_le_bytes([count[0], count[1]])))
}

/// The names in the order they stand in.
pub fn order(pack: &[u8]) -> Vec<String> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(pack)) else { return Vec::new() };
    let entries = archive.len();
    let name = |index: usize| Some(String::from_utf8_lossy(archive.by_index_raw(index).ok()?.name_raw()).into_owned());
    (0..entries).filter_map(name).collect()
}
