//! Checks a pack offline: no database, no network, no trust in the archive.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::{Cursor, Read},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use ring::signature::ED25519_PUBLIC_KEY_LEN;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zip::ZipArchive;

use super::{manifest, pack, sha256};
use domain::evidence::{EvidenceManifest, MANIFEST, RUN};

mod container;

/// Largest file of a pack that is read, unpacked, and of all its files together, in bytes: a small archive can claim to hold very much.
const LARGEST_FILE: u64 = 64 << 20;
const LARGEST_PACK: u64 = 512 << 20;
/// Most files of a pack.
const MOST_FILES: usize = 50_000;

/// What is wrong with a pack. Each names what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// No archive, or one that cannot be read.
    NotAPack {
        why: String,
    },
    /// Its archive was touched, though each file in it is as it was.
    ContainerAltered {
        at: usize,
    },
    UnsafeName {
        path: String,
    },
    TooLarge {
        path: String,
    },
    Unreadable {
        path: String,
    },
    ManifestMissing,
    ManifestUnreadable {
        why: String,
    },
    /// The signature is not right for what the manifest says.
    SignatureWrong,
    /// Signed by somebody else than expected.
    OtherKey {
        public_key: String,
    },
    /// The manifest and the record are of different runs.
    ManifestSwapped {
        manifest: String,
        run: String,
    },
    Altered {
        path: String,
    },
    Missing {
        path: String,
    },
    Added {
        path: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPack { why } => write!(f, "this is no evidence pack, or its archive was altered: {why}"),
            Self::ContainerAltered { at } => write!(f, "the archive itself was altered at byte {at}; the files in it are as they were"),
            Self::UnsafeName { path } => write!(f, "{path:?} is no safe name for a file; it was not read"),
            Self::TooLarge { path } => write!(f, "{path:?} is too large; it was not read to its end"),
            Self::Unreadable { path } => write!(f, "{path:?} was altered: it cannot be unpacked"),
            Self::ManifestMissing => write!(f, "{MANIFEST} is missing"),
            Self::ManifestUnreadable { why } => write!(f, "{MANIFEST} was altered: it cannot be read: {why}"),
            Self::SignatureWrong => write!(f, "{MANIFEST} was altered: its signature is wrong"),
            Self::OtherKey { public_key } => write!(f, "{MANIFEST} is signed by another key: {public_key}"),
            Self::ManifestSwapped { manifest, run } => write!(f, "{MANIFEST} belongs to run {manifest}, {RUN} to run {run}: one was swapped"),
            Self::Altered { path } => write!(f, "{path:?} was altered: it is not what the manifest says"),
            Self::Missing { path } => write!(f, "{path:?} is missing"),
            Self::Added { path } => write!(f, "{path:?} was added: the manifest does not know it"),
        }
    }
}

/// What was found in a pack. It is intact when there are no faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inspection {
    pub run_id: Option<String>,
    /// Who signed it. Worth something only when it was compared with a key that is known from elsewhere.
    pub public_key: Option<String>,
    pub key_compared: bool,
    /// SHA-256 of the manifest before it in the chain.
    pub previous: Option<String>,
    /// SHA-256 of this manifest: what the next one names.
    pub manifest_sha256: Option<String>,
    pub files: usize,
    /// Another program packed the same files anew.
    pub repacked: bool,
    pub faults: Vec<Fault>,
}

impl Inspection {
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether all that is wrong is who signed it.
    pub fn is_of_another_key(&self) -> bool {
        !self.is_intact() && self.faults.iter().all(|fault| matches!(fault, Fault::OtherKey { .. }))
    }
}

/// Whether a text is an Ed25519 public key in base64, as manifests name the one that signed them.
pub fn is_public_key(text: &str) -> bool {
    BASE64_STANDARD.decode(text.trim()).is_ok_and(|key| key.len() == ED25519_PUBLIC_KEY_LEN)
}

/// Checks the bytes of a pack. With `public_key`, in base64, also who signed it.
pub fn inspect(pack: &[u8], public_key: Option<&str>) -> Inspection {
    let mut found = Inspection::default();
    match unpack(pack, &mut found.faults) {
        Err(why) => found.faults.push(Fault::NotAPack { why }),
        Ok(files) => {
            found.files = files.len();
            check(&files, public_key, &mut found);
            if found.is_intact() {
                compare_container(pack, &files, &mut found);
            }
        }
    }
    found
}

type Files = BTreeMap<String, Bytes>;

fn unpack(pack: &[u8], faults: &mut Vec<Fault>) -> Result<Files, String> {
    let mut archive = ZipArchive::new(Cursor::new(pack)).map_err(|error| error.to_string())?;
    if archive.len() > MOST_FILES || container::entries(pack) != Some(archive.len()) {
        return Err("its list of files contradicts itself".into());
    }
    let (mut files, mut left) = (Files::new(), LARGEST_PACK);
    for index in 0..archive.len() {
        let name = String::from_utf8_lossy(archive.by_index_raw(index).map_err(|error| error.to_string())?.name_raw()).into_owned();
        // What packs files anew may name their folders too.
        if name.strip_suffix('/').is_some_and(is_safe) {
            continue;
        }
        if !is_safe(&name) {
            faults.push(Fault::UnsafeName { path: name });
            continue;
        }
        let Ok(file) = archive.by_index(index) else {
            faults.push(Fault::Unreadable { path: name });
            continue;
        };
        let most = LARGEST_FILE.min(left);
        let mut bytes = Vec::new();
        match file.take(most + 1).read_to_end(&mut bytes) {
            Err(_) => faults.push(Fault::Unreadable { path: name }),
            Ok(read) if u64::try_from(read).unwrap_or(u64::MAX) > most => faults.push(Fault::TooLarge { path: name }),
            Ok(read) => {
                left -= u64::try_from(read).unwrap_or(left);
                files.insert(name, bytes.into());
            }
        }
    }
    Ok(files)
}

/// Relative, without a way up, and without characters that mean something to a system.
fn is_safe(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    name.len() <= 300 && name.chars().all(plain) && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

fn check(files: &Files, public_key: Option<&str>, found: &mut Inspection) {
    let Some(text) = files.get(MANIFEST) else {
        if !found.faults.iter().any(|fault| matches!(fault, Fault::Unreadable { path } if path == MANIFEST)) {
            found.faults.push(Fault::ManifestMissing);
        }
        return;
    };
    let parsed = serde_json::from_slice::<Value>(text).and_then(|value| Ok((EvidenceManifest::deserialize(&value)?, value)));
    let (manifest, value) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return found.faults.push(Fault::ManifestUnreadable { why: error.to_string() }),
    };
    check_signature(&manifest, &value, text, public_key, found);
    found.run_id = Some(manifest.run_id.to_string());
    found.previous.clone_from(&manifest.previous);
    found.manifest_sha256 = Some(sha256(text));
    if let Some(run) = files.get(RUN).and_then(|run| Some(serde_json::from_slice::<Value>(run).ok()?.get("id")?.as_str()?.to_owned()))
        && run != manifest.run_id.to_string()
    {
        found.faults.push(Fault::ManifestSwapped { manifest: manifest.run_id.to_string(), run });
    }
    check_files(&manifest, files, &mut found.faults);
}

fn check_signature(manifest: &EvidenceManifest, value: &Value, text: &[u8], public_key: Option<&str>, found: &mut Inspection) {
    let Some(signature) = &manifest.signature else { return found.faults.push(Fault::SignatureWrong) };
    // The file itself is canonical too: not a byte of it can change unnoticed.
    let is_canonical = serde_json_canonicalizer::to_vec(value).is_ok_and(|canonical| canonical == text);
    if !is_canonical || !manifest::is_signed(value, signature) {
        found.faults.push(Fault::SignatureWrong);
    }
    if let Some(expected) = public_key {
        found.key_compared = true;
        if expected.trim() != signature.public_key {
            found.faults.push(Fault::OtherKey { public_key: signature.public_key.clone() });
        }
    }
    found.public_key = Some(signature.public_key.clone());
}

fn check_files(manifest: &EvidenceManifest, files: &Files, faults: &mut Vec<Fault>) {
    let told: BTreeSet<String> = faults.iter().filter_map(path_of).map(str::to_owned).collect();
    for listed in &manifest.files {
        match files.get(&listed.path) {
            Some(bytes) if sha256(bytes) == listed.sha256 && bytes.len() as u64 == listed.bytes => {}
            Some(_) => faults.push(Fault::Altered { path: listed.path.clone() }),
            None if told.contains(&listed.path) => {}
            None => faults.push(Fault::Missing { path: listed.path.clone() }),
        }
    }
    let known: BTreeSet<&str> = manifest.files.iter().map(|listed| listed.path.as_str()).collect();
    if known.len() != manifest.files.len() || !known.contains(RUN) {
        faults.push(Fault::ManifestUnreadable { why: format!("it must list each file once, and {RUN}") });
    }
    let added = files.keys().filter(|path| *path != MANIFEST && !known.contains(path.as_str()));
    faults.extend(added.map(|path| Fault::Added { path: path.clone() }));
}

fn path_of(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::UnsafeName { path } | Fault::TooLarge { path } | Fault::Unreadable { path } => Some(path),
        _ => None,
    }
}

/// A byte of the archive that belongs to no file may have been changed. Somebody who packs the same files anew changes nearly all of them.
fn compare_container(pack: &[u8], files: &Files, found: &mut Inspection) {
    let order = container::order(pack);
    let files: Vec<_> = order.iter().filter_map(|name| Some((name.clone(), files.get(name)?.clone()))).collect();
    match pack::write(&files).map(|ours| container::difference(&ours, pack)) {
        Ok(container::Difference::None) => {}
        Ok(container::Difference::At(at)) => found.faults.push(Fault::ContainerAltered { at }),
        Ok(container::Difference::Everywhere) | Err(_) => found.repacked = true,
    }
}
