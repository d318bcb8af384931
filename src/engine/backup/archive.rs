//! The file: a tar archive, compressed and then encrypted. Nothing of it is held in memory but what is under way.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use age::{Decryptor, Encryptor, Identity, Recipient};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use tempfile::NamedTempFile;
use tokio::sync::mpsc::{Receiver, Sender};

use super::{Contents, FORMAT, Manifest};
use crate::{OpsError, evidence::Key};
use store::{
    snapshot::{PIECE, Piece},
    whole_file,
};

const MANIFEST: &str = "manifest.json";
const CONTENTS: &str = "contents.json";
const DATABASE: &str = "database/";
const EVIDENCE: &str = "evidence/";

/// What is read into memory; a piece is a little larger than its measure, an artefact not much larger.
const LARGEST: u64 = 32 * PIECE as u64;

/// A file of the archive: the manifest first, the contents last.
#[derive(Debug)]
pub enum Entry {
    Manifest(Manifest),
    Database(Piece),
    Evidence(Key, Vec<u8>),
    Contents(Contents),
}

impl From<Piece> for Entry {
    fn from(piece: Piece) -> Self {
        Self::Database(piece)
    }
}

/// A backup that has no name yet: a file beside it that goes unless it is kept.
pub struct Draft {
    file: PathBuf,
    draft: NamedTempFile,
}

impl Draft {
    /// # Errors
    /// There is such a file already, or none can be made.
    pub fn of(file: &Path) -> Result<Self, OpsError> {
        if file.try_exists().map_err(|error| unwritable(file, &error))? {
            return Err(OpsError::Settings(format!("{} is there already; choose another name, or remove it", file.display())));
        }
        let name = file.file_name().ok_or_else(|| OpsError::Settings(format!("{} is no name of a file", file.display())))?;
        let prefix = format!("{}.partial-", name.to_string_lossy());
        let draft = whole_file::draft(file, &prefix).map_err(|error| unwritable(file, &error))?;
        Ok(Self { file: file.to_owned(), draft })
    }

    /// Writes what comes, until nothing comes any more.
    pub fn write(self, recipients: &[Box<dyn Recipient + Send>], mut entries: Receiver<Entry>) -> Result<Self, OpsError> {
        match self.write_all(recipients, &mut entries) {
            Ok(()) => Ok(self),
            Err(error) => Err(unwritable(&self.file, &error)),
        }
    }

    fn write_all(&self, recipients: &[Box<dyn Recipient + Send>], entries: &mut Receiver<Entry>) -> io::Result<()> {
        let encryptor = Encryptor::with_recipients(recipients.iter().map(|recipient| recipient.as_ref() as _)).map_err(io::Error::other)?;
        let encrypted = encryptor.wrap_output(BufWriter::new(self.draft.as_file()))?;
        let mut archive = tar::Builder::new(GzEncoder::new(encrypted, Compression::fast()));
        let mut number = 0_u64;
        while let Some(entry) = entries.blocking_recv() {
            number += 1;
            match entry {
                Entry::Manifest(manifest) => append(&mut archive, MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?,
                Entry::Contents(contents) => append(&mut archive, CONTENTS, &serde_json::to_vec_pretty(&contents)?)?,
                Entry::Database(piece) => append(&mut archive, &format!("{DATABASE}{}/{number:08}", piece.name), &piece.bytes)?,
                Entry::Evidence(Key { team, run, id }, bytes) => append(&mut archive, &format!("{EVIDENCE}{team}/{run}/{id}"), &bytes)?,
            }
        }
        let mut file = archive.into_inner()?.finish()?.finish()?;
        file.flush()?;
        file.get_ref().sync_all()
    }

    /// Gives it its name, unless somebody else has taken that meanwhile.
    pub fn keep(self) -> Result<(), OpsError> {
        let Self { file, draft } = self;
        whole_file::keep(draft, &file).map_err(|error| unwritable(&file, &error))
    }
}

fn append(archive: &mut tar::Builder<impl Write>, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, path, bytes)
}

/// Reads `file` to its end, and sends what it holds; the contents once all of it has been found unaltered.
///
/// # Errors
/// It is no backup of ours, was altered, or ends too early; none of the keys opens it.
pub fn read(path: &Path, identities: &[Box<dyn Identity>], entries: &Sender<Entry>) -> Result<(), OpsError> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let decryptor = Decryptor::new_buffered(BufReader::new(file)).map_err(|_| unreadable(path, &"it is no backup of Switchboard"))?;
    let decrypted = decryptor.decrypt(identities.iter().map(|identity| identity.as_ref() as _));
    let decrypted = decrypted.map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => {
            unreadable(path, &"it was made under another master key; set SWITCHBOARD_MASTER_KEY to that one, or name the file of an age key with --identity")
        }
        error => unreadable(path, &error),
    })?;
    let mut archive = tar::Archive::new(GzDecoder::new(decrypted));
    let mut contents = None;
    for entry in archive.entries().map_err(|error| unreadable(path, &error))? {
        let read = entry.and_then(parse).map_err(|error| unreadable(path, &error))?;
        match read {
            Entry::Contents(found) => contents = Some(found),
            Entry::Manifest(manifest) if manifest.format != FORMAT => return Err(unreadable(path, &"a newer Switchboard made it; restore it with that one")),
            entry => entries.blocking_send(entry).map_err(|_closed| super::ended())?,
        }
    }
    // What follows the last file tells that nothing was cut off.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|error| unreadable(path, &error))?;
    let contents = contents.ok_or_else(|| unreadable(path, &"it ends too early"))?;
    entries.blocking_send(Entry::Contents(contents)).map_err(|_closed| super::ended())
}

fn parse(mut entry: tar::Entry<'_, impl Read>) -> io::Result<Entry> {
    let unknown = || io::Error::other("it holds what this program does not know");
    if entry.size() > LARGEST {
        return Err(unknown());
    }
    let path = entry.path()?.to_str().ok_or_else(unknown)?.to_owned();
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if path == MANIFEST {
        return Ok(Entry::Manifest(serde_json::from_slice(&bytes)?));
    }
    if path == CONTENTS {
        return Ok(Entry::Contents(serde_json::from_slice(&bytes)?));
    }
    if let Some((name, _number)) = path.strip_prefix(DATABASE).and_then(|rest| rest.rsplit_once('/')) {
        return Ok(Entry::Database(Piece { name: name.to_owned(), bytes }));
    }
    let key = path.strip_prefix(EVIDENCE).and_then(Key::parse).ok_or_else(unknown)?;
    Ok(Entry::Evidence(key, bytes))
}

fn unwritable(file: &Path, error: &dyn std::fmt::Display) -> OpsError {
    OpsError::Settings(format!("{} cannot be written: {error}", file.display()))
}

fn unreadable(file: &Path, error: &dyn std::fmt::Display) -> OpsError {
    OpsError::Settings(format!("{} cannot be restored: {error}", file.display()))
}
