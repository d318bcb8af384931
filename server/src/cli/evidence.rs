//! `switchboard evidence`: check a pack, on any machine.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use engine::{
    OpsError, access,
    evidence::inspect::{inspect, is_public_key},
    keys,
};
use serde_json::json;

use super::{Failure, Loaded, open_existing, output::Output};

/// Packs are read whole; none of ours is larger.
const LARGEST: u64 = 1 << 30;
/// How every zip archive begins.
const ARCHIVE: &[u8] = b"PK";

#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Check a pack: 0 intact and signed by the key given, 1 altered or signed by another, 2 could not be read, 3 intact, but nobody said whose key signed it.
    Verify {
        /// The zip file, as it was downloaded.
        file: PathBuf,
        /// The key that must have signed it, as `switchboard evidence public-key` prints it.
        #[arg(long, value_name = "KEY")]
        public_key: Option<String>,
        /// It must have been signed by this console, which the settings name.
        #[arg(long, conflicts_with = "public_key")]
        own_key: bool,
    },
    /// Print the key that this console signs its packs with.
    PublicKey,
}

impl Evidence {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        match self {
            Self::Verify { file, public_key, own_key } => {
                if let Some(wrong) = public_key.as_ref().filter(|key| !is_public_key(key)) {
                    return Err(Failure::Fatal(format!("{wrong:?} is no key; give --public-key as `switchboard evidence public-key` prints it")));
                }
                let known = if own_key { own_keys(loaded).await? } else { public_key.into_iter().collect() };
                let verified = tokio::task::spawn_blocking(move || verify(&file, &known, out)).await;
                verified.unwrap_or_else(|ended| Err(OpsError::from(ended).into()))
            }
            Self::PublicKey => {
                let key = open_existing(loaded).await?.signer.public_key();
                out.result(&json!({ "algorithm": "ed25519", "public_key": key }), &key)
            }
        }
    }
}

/// Those that this console signs with, and signed with before its master key was changed.
async fn own_keys(loaded: Loaded) -> Result<Vec<String>, Failure> {
    let console = open_existing(loaded).await?;
    let scope = access::command_line(&console, None).await?;
    Ok(keys::list(&scope).await?.into_iter().map(|key| key.evidence_public_key).collect())
}

/// With the keys that may have signed it, if any are known.
fn verify(file: &PathBuf, known: &[String], out: Output) -> Result<(), Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure::Fatal(format!("{} cannot be read: {error}", file.display()));
    if fs::metadata(file).map_err(|error| unreadable(&error))?.len() > LARGEST {
        return Err(unreadable(&"it is larger than 1 GB, and no pack of ours is"));
    }
    let pack = fs::read(file).map_err(|error| unreadable(&error))?;
    if !pack.starts_with(ARCHIVE) {
        return Err(unreadable(&"it is no archive, and an evidence pack is one"));
    }
    let signer = inspect(&pack, None).public_key;
    let expected = known.iter().find(|key| Some(*key) == signer.as_ref()).or(known.first());
    let found = inspect(&pack, expected.map(String::as_str));
    let run = found.run_id.as_deref().unwrap_or("unknown");
    if !found.is_intact() {
        out.result(&found, "")?;
        let faults: Vec<_> = found.faults.iter().map(ToString::to_string).collect();
        let what = if found.is_of_another_key() { "signed by another key" } else { "altered" };
        return Err(Failure::Negative(format!("{what}: {}\n{}", file.display(), faults.join("\n"))));
    }
    let key = found.public_key.as_deref().unwrap_or_default();
    let signed = if found.key_compared { format!("signed by the expected key {key}") } else { "signer unknown".to_owned() };
    let repacked =
        if found.repacked { "\nThe files are as they were signed; the archive around them is not, which another program packed anew or added to." } else { "" };
    out.result(&found, &format!("intact: run {run}, {} files, {signed}{repacked}", found.files))?;
    if found.key_compared {
        return Ok(());
    }
    Err(Failure::Unproven(format!(
        "the signer is unknown: anyone can sign with a key of their own, and {key} was not compared; give --public-key with the key that \
         `switchboard evidence public-key` prints on the console, or --own-key there"
    )))
}
