//! Who may open a backup: whoever has the master key, and whose public key was named.

use std::{fs::File, io::BufReader, path::Path};

use age::{Identity, Recipient, x25519};
use bech32::{ToBase32, Variant};

use crate::{
    OpsError,
    vault::{KeyId, Vault},
};

/// What the key of backups is derived for.
const PURPOSE: &[u8] = b"switchboard backup v1";
/// How age writes a secret key.
const SECRET_KEY: &str = "age-secret-key-";

pub fn recipients(vault: &Vault, others: &[String]) -> Result<Vec<Box<dyn Recipient + Send>>, OpsError> {
    let mut recipients: Vec<Box<dyn Recipient + Send>> = vec![Box::new(derived(vault, vault.current())?.to_public())];
    for text in others {
        let other: x25519::Recipient = text.parse().map_err(|wrong| OpsError::Settings(format!("{text:?} is no public key of age, age1…: {wrong}")))?;
        recipients.push(Box::new(other));
    }
    Ok(recipients)
}

/// The keys of the ring, and those of `file`, as `age-keygen` writes it.
pub fn identities(vault: &Vault, file: Option<&Path>) -> Result<Vec<Box<dyn Identity>>, OpsError> {
    let mut identities: Vec<Box<dyn Identity>> = Vec::new();
    for id in vault.ring() {
        identities.push(Box::new(derived(vault, id)?));
    }
    if let Some(path) = file {
        let unreadable = |wrong: &dyn std::fmt::Display| OpsError::Settings(format!("{} cannot be read as keys of age: {wrong}", path.display()));
        let opened = File::open(path).map_err(|wrong| unreadable(&wrong))?;
        let kept = age::IdentityFile::from_buffer(BufReader::new(opened)).map_err(|wrong| unreadable(&wrong))?;
        identities.extend(kept.into_identities().map_err(|wrong| unreadable(&wrong))?);
    }
    Ok(identities)
}

fn derived(vault: &Vault, master: KeyId) -> Result<x25519::Identity, OpsError> {
    let key = vault.derive_of(master, PURPOSE)?;
    let unusable = |wrong: &dyn std::fmt::Display| OpsError::Settings(format!("no key of age can be made of the master key: {wrong}"));
    let text = bech32::encode(SECRET_KEY, key.as_slice().to_base32(), Variant::Bech32).map_err(|wrong| unusable(&wrong))?;
    text.to_uppercase().parse().map_err(|wrong: &str| unusable(&wrong))
}
