//! A file that has its name once it is whole, and replaces nothing.

use std::{fs::File, io, path::Path};

use tempfile::NamedTempFile;

/// The folder that a file lies in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A draft in the folder of `file`, whose name begins with `prefix`. Its owner alone may read it, and it goes unless it is [kept](keep).
///
/// # Errors
/// The folder cannot be written to.
pub fn draft(file: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).tempfile_in(folder_of(file))
}

/// Gives a draft its name, on the disk, unless somebody else has taken that meanwhile.
///
/// # Errors
/// They have; the folder cannot be written to.
pub fn keep(draft: NamedTempFile, file: &Path) -> io::Result<()> {
    draft.persist_noclobber(file).map_err(|error| error.error)?;
    File::open(folder_of(file))?.sync_all()
}
