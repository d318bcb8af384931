//! Bodies that came compressed though nobody asked for that: unpacked, as far as the console reads.

use std::{borrow::Cow, io::Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use hyper::{
    HeaderMap,
    header::{CONTENT_ENCODING, TRANSFER_ENCODING},
};
use ruzstd::decoding::StreamingDecoder;

/// Most of a body that is read, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// More layers than this nobody means.
const MOST_LAYERS: usize = 3;
/// Of the eight bytes that end a member, its sum and length, those that may be zeros.
const MOST_ZEROS: usize = 8;
const GZIP: [u8; 2] = [0x1f, 0x8b];

const BROKEN: Unreadable = Unreadable::Broken("the body says that it is compressed, and cannot be unpacked");

/// Why a body could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// More than [`MAX_BODY`].
    TooLarge,
    /// Compressed in this way, which is not known here.
    Packed(String),
    /// What is asked about lies deeper than is read.
    Deep,
    /// What is wrong with it.
    Broken(&'static str),
}

/// The body as it was before it was packed.
///
/// # Errors
/// It is packed in a way that is not known here, or larger than what is read.
pub fn unpack<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Unreadable> {
    let layers = layers(headers);
    if layers.len() > MOST_LAYERS {
        return Err(Unreadable::Packed("several times over".into()));
    }
    let mut body = Cow::Borrowed(body);
    // The last was put on last.
    for layer in layers.into_iter().rev() {
        if body.is_empty() {
            break;
        }
        body = Cow::Owned(peel(&layer, body.into_owned())?);
    }
    Ok(body)
}

/// How it is packed, the innermost first: what the service did to it, then what the way here did (RFC 9112, section 6.1; chunks are put together by then).
pub fn layers(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONTENT_ENCODING).iter().chain(headers.get_all(TRANSFER_ENCODING));
    let lines: Vec<_> = lines.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).collect();
    let layers = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    layers.filter(|layer| !matches!(*layer, "" | "identity" | "chunked")).map(str::to_owned).collect()
}

fn peel(layer: &str, body: Vec<u8>) -> Result<Vec<u8>, Unreadable> {
    let unpacked = match layer {
        // Some say so of every answer, packed or not.
        "gzip" | "x-gzip" if !body.starts_with(&GZIP) => return Ok(body),
        "gzip" | "x-gzip" => gunzip(&body),
        // The header means zlib; some send the bare stream.
        "deflate" => match bounded(ZlibDecoder::new(&body[..])) {
            Err(Unreadable::Broken(_)) => bounded(DeflateDecoder::new(&body[..])),
            unpacked => unpacked,
        },
        "br" => bounded(brotli_decompressor::Decompressor::new(&body[..], 4 << 10)),
        "zstd" => StreamingDecoder::new(&body[..]).map_or(Err(BROKEN), bounded),
        // What only says something of the text: `utf-8`, `none`, `aws-chunked`.
        _ if std::str::from_utf8(&body).is_ok() => return Ok(body),
        other => return Err(Unreadable::Packed(format!("as {}", other.chars().filter(char::is_ascii_graphic).take(20).collect::<String>()))),
    };
    match unpacked {
        Err(Unreadable::Broken(_)) if std::str::from_utf8(&body).is_ok() => Ok(body),
        unpacked => unpacked,
    }
}

/// All its members. Zeros after the last are padding, as for gzip itself; a few may belong to its length.
fn gunzip(packed: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let end = packed.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    match bounded(MultiGzDecoder::new(packed)) {
        Err(Unreadable::Broken(_)) => (end..packed.len()).take(MOST_ZEROS).find_map(|end| bounded(MultiGzDecoder::new(&packed[..end])).ok()).ok_or(BROKEN),
        unpacked => unpacked,
    }
}

fn bounded(packed: impl Read) -> Result<Vec<u8>, Unreadable> {
    let mut unpacked = Vec::new();
    match packed.take(MAX_BODY as u64 + 1).read_to_end(&mut unpacked) {
        Ok(read) if read > MAX_BODY => Err(Unreadable::TooLarge),
        Ok(_) => Ok(unpacked),
        Err(_) => Err(BROKEN),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use hyper::header::HeaderValue;

    use super::*;

    const TEXT: &[u8] = br#"{"status":"ok"}"#;
    /// [`TEXT`] as brotli, in one block that is not compressed.
    const BROTLI: &[u8] = b"\x0b\x07\x80{\"status\":\"ok\"}\x03";

    /// [`TEXT`] as Zstandard, in one block that is not compressed.
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x20\x0f\x79\x00\x00{\"status\":\"ok\"}";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).expect("written");
        packed.finish().expect("packed")
    }

    fn of(encoding: &'static str, body: &[u8]) -> Result<Vec<u8>, Unreadable> {
        unpack(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]), body).map(Cow::into_owned)
    }

    #[test]
    fn what_was_packed_is_read_whoever_packed_it() {
        let (mut zlib, mut bare) = (ZlibEncoder::new(Vec::new(), Compression::fast()), DeflateEncoder::new(Vec::new(), Compression::fast()));
        zlib.write_all(TEXT).expect("written");
        bare.write_all(TEXT).expect("written");
        let (zlib, bare) = (zlib.finish().expect("packed"), bare.finish().expect("packed"));
        let two = [gzip(&TEXT[..4]), gzip(&TEXT[4..])].concat();
        for (encoding, body) in [
            ("gzip", &gzip(TEXT)[..]),
            ("X-GZIP", &gzip(TEXT)),
            ("gzip", &two),
            ("gzip", &[&two[..], &[0; 512]].concat()),
            ("gzip, gzip", &gzip(&gzip(TEXT))),
            ("deflate", &zlib),
            ("deflate", &bare),
            ("br", BROTLI),
            ("br, gzip", &gzip(BROTLI)),
            ("identity", TEXT),
            ("Identity", TEXT),
            ("zstd", ZSTD),
            ("ZSTD, gzip", &gzip(ZSTD)),
            // These are no ways to pack.
            ("utf-8", TEXT),
            ("none", TEXT),
            ("binary, gzip", &gzip(TEXT)),
            ("aws-chunked", TEXT),
            ("", TEXT),
            // These say what is not so.
            ("gzip", TEXT),
            ("br", TEXT),
        ] {
            assert_eq!(of(encoding, body).as_deref(), Ok(TEXT), "{encoding}");
        }
        assert_eq!(of("gzip", b"").as_deref(), Ok(&b""[..]));
        let on_the_way = HeaderMap::from_iter([(TRANSFER_ENCODING, HeaderValue::from_static("gzip, chunked"))]);
        assert_eq!(unpack(&on_the_way, &gzip(TEXT)).as_deref(), Ok(TEXT));
    }

    #[test]
    fn a_bomb_is_cut_and_what_is_not_known_is_said() {
        let bomb = gzip(&vec![b'x'; MAX_BODY + 1]);
        assert!(bomb.len() < MAX_BODY / 20);
        assert_eq!(of("gzip", &bomb), Err(Unreadable::TooLarge));
        assert_eq!(of("gzip", &gzip(&vec![b'x'; MAX_BODY])).map(|body| body.len()), Ok(MAX_BODY));
        assert!(matches!(of("gzip", &gzip(TEXT)[..20]), Err(Unreadable::Broken(_))));
        assert!(matches!(of("gzip", &[&gzip(TEXT)[..], b"more"].concat()), Err(Unreadable::Broken(_))));
        assert!(matches!(of("zstd", b"\x28\xb5\x2f\xfd"), Err(Unreadable::Broken(_))));
        assert_eq!(of("compress", b"\x1f\x9d\x90"), Err(Unreadable::Packed("as compress".into())));
        assert!(matches!(of("gzip,gzip,gzip,gzip", TEXT), Err(Unreadable::Packed(_))));
    }
}
