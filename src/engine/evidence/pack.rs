//! The zip archive of a pack. The same files make the same bytes, so that a touched archive can be told.

use std::io::{Cursor, Write};

use bytes::Bytes;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::OpsError;

/// # Errors
/// Two files of one name; more than an archive can hold.
pub fn write<'a>(files: impl IntoIterator<Item = &'a (String, Bytes)>) -> Result<Vec<u8>, OpsError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        archive.start_file(path.as_str(), options).map_err(unwritable)?;
        archive.write_all(bytes).map_err(|error| unwritable(error.into()))?;
    }
    Ok(archive.finish().map_err(unwritable)?.into_inner())
}

fn unwritable(error: zip::result::ZipError) -> OpsError {
    OpsError::Evidence(format!("the pack could not be written: {error}"))
}
