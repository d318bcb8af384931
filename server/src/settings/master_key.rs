//! The key that seals credentials: given by the administrator, else made on first start and kept beside the database.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rand::RngCore;

use super::SettingError;

/// Where a generated key lies in the data directory.
pub const FILE: &str = "master.key";

/// 32 bytes that are neither printed nor logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

/// Reads 32 bytes in base64.
///
/// # Errors
/// What is wrong with the text, without repeating it.
pub fn parse(text: &str) -> Result<MasterKey, String> {
    let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| "is not base64".to_owned())?;
    let length = bytes.len();
    bytes.try_into().map(MasterKey).map_err(|_| format!("holds {length} bytes instead of 32"))
}

/// Reads keys that are separated by commas or white space.
///
/// # Errors
/// What is wrong with one of them, without repeating it.
pub fn parse_all(text: &str) -> Result<Vec<MasterKey>, String> {
    text.split([',', ' ', '\n', '\r', '\t']).filter(|key| !key.is_empty()).map(parse).collect()
}

/// The key kept in `data_dir`, if there is one.
///
/// # Errors
/// A file that cannot be read or does not hold a key.
pub fn kept(data_dir: &Path) -> Result<Option<MasterKey>, SettingError> {
    let path = data_dir.join(FILE);
    let shown = path.display().to_string();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SettingError::new(shown, format!("cannot be read: {error}"), "a file that belongs to the user who runs the console")),
    };
    let key = parse(&text)
        .map_err(|problem| SettingError::new(&shown, problem, "the key that was generated, from a backup; without it stored credentials are lost"))?;
    if fs::metadata(&path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        tracing::warn!(file = shown, "other users may read the master key; run chmod 600 on it");
    }
    Ok(Some(key))
}

/// The key kept in `data_dir`, made now if there is none.
///
/// # Errors
/// A folder that cannot be written to.
pub fn kept_or_made(data_dir: &Path) -> Result<MasterKey, SettingError> {
    if let Some(key) = kept(data_dir)? {
        return Ok(key);
    }
    let path = data_dir.join(FILE);
    make(data_dir, &path).map_err(|error| {
        SettingError::new(path.display().to_string(), format!("cannot be written: {error}"), "a data directory that the console may write to")
    })?;
    tracing::warn!(
        file = %path.display(),
        "generated a master key; keep a copy of it away from the database, for without it stored credentials cannot be opened"
    );
    kept(data_dir)?.ok_or_else(|| SettingError::new(path.display().to_string(), "vanished", "a data directory of its own"))
}

/// Written whole under another name and then linked, so that of two first starts one wins and neither reads half a key.
fn make(data_dir: &Path, path: &Path) -> io::Result<()> {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    let draft = data_dir.join(format!(".{FILE}.{}", std::process::id()));
    let _ = fs::remove_file(&draft);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(format!("{}\n", BASE64_STANDARD.encode(bytes)).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("folder");
        let made = kept_or_made(folder.path()).expect("made");
        assert_eq!(kept_or_made(folder.path()), Ok(made));
        let mode = fs::metadata(folder.path().join(FILE)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1, "no draft is left behind");
    }

    #[test]
    fn what_is_wrong_with_a_key_is_told_without_repeating_it() {
        assert_eq!(parse("not base64!"), Err("is not base64".into()));
        assert_eq!(parse("c2hvcnQ="), Err("holds 5 bytes instead of 32".into()));
        assert!(parse(&format!("{}\n", BASE64_STANDARD.encode([1; 32]))).is_ok());
    }
}
