//! Which master keys this database is sealed under.
//!
//! The database knows its keys by an id and a check value, so that a wrong one is refused at the start, before anything is sealed under it. What is
//! derived from a master key outlives it: the key of the audit log's MACs is kept, sealed under the current key, and the public key of evidence
//! as it is.

use std::collections::BTreeSet;

use super::{
    OpsError,
    audit_chain::{self, AuditKeys},
    evidence::Signer,
    vault::{KeyId, Vault},
};
use domain::time::Timestamp;
use store::{
    Db,
    master_keys::{self, KnownKey},
    sealed,
};

/// What the check value is derived for.
const CHECK: &[u8] = b"switchboard master key check v1";

/// What the audit key of the master key `id` is sealed for.
pub fn audit_key_purpose(id: &str) -> String {
    format!("audit key {id}")
}

/// Compares the ring with what the database is sealed under, takes its current key into use, and answers the keys of the audit log.
///
/// # Errors
/// A key that is still in use is not in the ring; the database failed.
pub async fn check_in(db: &Db, vault: &Vault, now: Timestamp) -> Result<AuditKeys, OpsError> {
    let mut known = master_keys::all(db).await?;
    refuse_others(db, vault, &known).await?;
    if !is_settled(vault, &known) {
        let mut tx = db.begin().await?;
        // Another first node may have taken a key of its own into use meanwhile.
        refuse_others(db, vault, &master_keys::all_held(&mut tx).await?).await?;
        master_keys::put_to_use(&mut tx, &as_known(vault, vault.current(), now)?).await?;
        for id in vault.ring() {
            master_keys::found(&mut tx, &as_known(vault, id, now)?).await?;
        }
        tx.commit().await?;
        known = master_keys::all(db).await?;
    }
    let keys = AuditKeys::of(vault)?;
    for key in known.iter().filter(|key| !keys.holds(&key.id)) {
        match vault.open_key(&audit_key_purpose(&key.id), &key.audit_key) {
            Ok(audit_key) => keys.add(key.id.clone(), audit_key.as_slice()),
            Err(error) => {
                tracing::error!(key = key.id, %error, "entries of the audit log that were made under this key cannot be verified");
                keys.give_up(key.id.clone());
            }
        }
    }
    Ok(keys)
}

/// Whether the database would take the ring. Changes nothing.
///
/// # Errors
/// It would not; the database failed.
pub async fn compare(db: &Db, vault: &Vault) -> Result<(), OpsError> {
    refuse_others(db, vault, &master_keys::all(db).await?).await
}

/// Whether the current key is in use, and nothing lacks that a key of the ring gives.
fn is_settled(vault: &Vault, known: &[KnownKey]) -> bool {
    let of = |id: KeyId| known.iter().find(|key| key.id == id.to_string());
    of(vault.current()).is_some_and(|key| key.retired_at.is_none()) && !vault.ring().filter_map(of).any(|key| key.audit_key.is_empty())
}

/// # Errors
/// A key that is still in use is not in the ring; the current one was retired for another.
async fn refuse_others(db: &Db, vault: &Vault, known: &[KnownKey]) -> Result<(), OpsError> {
    let missing = missing(db, vault, known).await?;
    if !missing.is_empty() {
        return Err(OpsError::Settings(format!(
            "this is not the master key that the database is sealed under: it needs {}, and was given {}; set SWITCHBOARD_MASTER_KEY to the right one, or, \
             to change keys, name the old one in SWITCHBOARD_OTHER_MASTER_KEYS until `switchboard keys rotate` has ended; if it is lost, `switchboard keys abandon ID` gives up what is sealed under it",
            missing.into_iter().collect::<Vec<_>>().join(" and "),
            vault.ring().map(|id| id.to_string()).collect::<Vec<_>>().join(" and "),
        )));
    }
    let current = vault.current().to_string();
    let is_retired = known.iter().any(|key| key.id == current && key.retired_at.is_some());
    match known.iter().find(|key| key.retired_at.is_none()) {
        // Entries of the audit log that are made under it do not count any more.
        Some(in_use) if is_retired => Err(OpsError::Settings(format!(
            "the master key {current} was retired when {} took its place: set SWITCHBOARD_MASTER_KEY to that one, or to a new one",
            in_use.id
        ))),
        _ => Ok(()),
    }
}

/// The ids of keys in use that the ring lacks, and of those that another key of the same id stands for.
async fn missing(db: &Db, vault: &Vault, known: &[KnownKey]) -> Result<BTreeSet<String>, OpsError> {
    let is_ours = |key: &KnownKey| match vault.ring().find(|id| id.to_string() == key.id) {
        // One that was given up left no check value.
        Some(id) => Ok(key.check_value.is_empty() || vault.derive_of(id, CHECK)?.as_slice() == key.check_value),
        None => Ok::<_, OpsError>(key.retired_at.is_some()),
    };
    let mut missing = BTreeSet::new();
    for key in known {
        if !is_ours(key)? {
            missing.insert(key.id.clone());
        }
    }
    // A database from before keys were written down, or a server that went on with its key: what is sealed names the one it needs.
    let sealing =
        sealed::keys_of_credentials(db).await?.into_iter().chain(sealed::keys_of_seeds(db).await?).filter_map(|(id, _)| KeyId::try_from(id.as_slice()).ok());
    missing.extend(sealing.filter(|id| !vault.holds(*id)).map(|id| id.to_string()));
    Ok(missing)
}

fn as_known(vault: &Vault, id: KeyId, now: Timestamp) -> Result<KnownKey, OpsError> {
    let audit_key = vault.derive_of(id, audit_chain::PURPOSE)?;
    Ok(KnownKey {
        id: id.to_string(),
        check_value: vault.derive_of(id, CHECK)?.to_vec(),
        audit_key: vault.seal_key(&audit_key_purpose(&id.to_string()), &audit_key)?,
        evidence_public_key: Signer::of_key(vault, id)?.public_key(),
        created_at: now,
        retired_at: None,
    })
}
