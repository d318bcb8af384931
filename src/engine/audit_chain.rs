//! What holds the audit log together: each entry is under a MAC that covers the one before, and the last one is under a seal.
//!
//! The keys are derived from the master key, which does not lie in the database: whoever can write there can neither make an entry nor cut the log
//! short without it being noticed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use parking_lot::RwLock;
use ring::hmac;
use serde::Serialize;
use serde_json::{Value, json};

use super::vault::{Vault, VaultError};
use domain::{audit::AuditAct, ids::TeamId};
use store::{audit_entries::StoredEntry, audit_heads::AuditHead};

/// What the key is derived for.
pub const PURPOSE: &[u8] = b"switchboard audit log v1";

/// The last place at which it is looked for where an entry was moved from.
const FURTHEST: i64 = 1_000_000;
/// Entries that may have been removed before it, so that it and the head were renumbered.
const RENUMBERED: i64 = 1_000;

/// The keys of the ring, and those of master keys that have been retired. Cloning shares them.
#[derive(Clone)]
pub struct AuditKeys(Arc<Inner>);

struct Inner {
    /// Those of master keys that this server is given: only these make entries.
    ring: BTreeSet<String>,
    macs: RwLock<BTreeMap<String, hmac::Key>>,
    /// Known keys that are lost.
    given_up: RwLock<BTreeSet<String>>,
}

impl fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKeys")
    }
}

impl AuditKeys {
    /// # Errors
    /// The key could not be derived.
    pub fn of(vault: &Vault) -> Result<Self, VaultError> {
        let ring = vault.ring().map(|id| id.to_string()).collect();
        let keys = Self(Arc::new(Inner { ring, macs: RwLock::default(), given_up: RwLock::default() }));
        for id in vault.ring() {
            keys.add(id.to_string(), vault.derive_of(id, PURPOSE)?.as_slice());
        }
        Ok(keys)
    }

    pub fn add(&self, id: String, key: &[u8]) {
        self.0.macs.write().insert(id, hmac::Key::new(hmac::HMAC_SHA256, key));
    }

    pub fn holds(&self, id: &str) -> bool {
        self.0.macs.read().contains_key(id)
    }

    /// What was made under it cannot be verified any more.
    pub fn give_up(&self, id: String) {
        self.0.given_up.write().insert(id);
    }

    pub fn is_given_up(&self, id: &str) -> bool {
        self.0.given_up.read().contains(id)
    }

    /// Whether this server may write under it, because it is given the master key.
    pub fn is_in_ring(&self, id: &str) -> bool {
        self.0.ring.contains(id)
    }

    /// # Errors
    /// The key is not there.
    fn tag(&self, id: &str, covered: &Value) -> Result<Vec<u8>, VaultError> {
        let text = canonical(covered)?;
        self.0.macs.read().get(id).map(|key| hmac::sign(key, &text).as_ref().to_vec()).ok_or(VaultError::OtherKey)
    }

    fn fits(&self, id: &str, covered: &Value, tag: &[u8]) -> bool {
        let Ok(text) = canonical(covered) else { return false };
        self.0.macs.read().get(id).is_some_and(|key| hmac::verify(key, &text, tag).is_ok())
    }

    /// The MAC of an entry whose other columns are filled in.
    ///
    /// # Errors
    /// The key is not there.
    pub fn mac(&self, team: TeamId, entry: &StoredEntry) -> Result<Vec<u8>, VaultError> {
        self.tag(&entry.key_id, &covered(team, entry, entry.sequence))
    }

    /// # Errors
    /// The key is not there.
    pub fn seal(&self, team: TeamId, sequence: i64, key_id: &str, mac: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.tag(key_id, &sealed(team, sequence, mac))
    }

    /// Whether `head` says what was sealed when `sequence` was the last entry.
    pub fn is_sealed(&self, team: TeamId, sequence: i64, head: &AuditHead) -> bool {
        match head {
            AuditHead { key_id: Some(key_id), mac: Some(mac), seal: Some(seal), .. } => self.fits(key_id, &sealed(team, sequence, mac), seal),
            _ => false,
        }
    }

    fn is_authentic(&self, team: TeamId, entry: &StoredEntry, sequence: i64) -> bool {
        self.fits(&entry.key_id, &covered(team, entry, sequence), &entry.mac)
    }
}

/// What the MAC of an entry is over.
fn covered(team: TeamId, entry: &StoredEntry, sequence: i64) -> Value {
    json!({
        "team": team, "sequence": sequence, "at": entry.at, "actor": entry.actor, "actor_id": entry.actor_id, "act": entry.act, "thing": entry.thing,
        "thing_id": entry.thing_id, "from": entry.client, "correlation_id": entry.correlation_id, "detail": entry.detail, "key_id": entry.key_id,
        "previous": entry.previous.as_deref().map(hex),
    })
}

fn sealed(team: TeamId, sequence: i64, mac: &[u8]) -> Value {
    json!({ "head_of": team, "sequence": sequence, "mac": hex(mac) })
}

/// RFC 8785: one text for one meaning, whatever the database made of it.
fn canonical(value: &Value) -> Result<Vec<u8>, VaultError> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| VaultError::Format)
}

/// As heads are told in the log of the server.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is wrong with a log: the first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ChainFault {
    /// It is not what was written.
    Altered { sequence: i64 },
    /// It is what was written, but in another place.
    Moved { sequence: i64, belongs_at: i64 },
    /// It was removed, though others follow.
    Missing { sequence: i64 },
    /// It does not follow the one before it: one of the two was put in the place of another, or the log went on after it had been tampered with.
    Unlinked { sequence: i64 },
    /// Nobody has the key that it says it was made with.
    UnknownKey { sequence: i64, key_id: String },
    /// It was made under a key that had been retired by then.
    RetiredKey { sequence: i64, key_id: String },
    /// The log ends before its head: its last entries were removed.
    Truncated { last: i64, head: i64 },
    /// There are entries, and no head.
    HeadMissing { last: i64 },
    /// The head is not what was written.
    HeadAltered { last: i64 },
    /// An entry that the server's log tells of is not there.
    PinMissing { pin: String },
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { sequence } => write!(f, "entry {sequence} was altered"),
            Self::Moved { sequence, belongs_at } => write!(f, "entry {sequence} was moved: it was written as entry {belongs_at}"),
            Self::Missing { sequence } => write!(f, "entry {sequence} was removed"),
            Self::Unlinked { sequence } => write!(f, "entry {sequence} does not follow the entry before it: entries were exchanged or removed there"),
            Self::UnknownKey { sequence, key_id } => {
                write!(f, "entry {sequence} names the key {key_id}, which this console never had: the entry was altered")
            }
            Self::RetiredKey { sequence, key_id } => {
                write!(f, "entry {sequence} was made under the key {key_id} after that was retired: whoever has the old key wrote it, or cut the log back")
            }
            Self::Truncated { last, head } => write!(f, "the log was cut short: it ends with entry {last}, and its head names entry {head}"),
            Self::HeadMissing { last } => write!(f, "the head of the log was removed; its last entry is {last}"),
            Self::HeadAltered { last } => write!(f, "the head of the log was altered; its last entry is {last}"),
            Self::PinMissing { pin } => write!(f, "no entry has the head {pin}: the log was cut short or made anew"),
        }
    }
}

/// Goes through a log from its beginning.
pub struct ChainWalk<'a> {
    keys: &'a AuditKeys,
    team: TeamId,
    /// As it was before the first entry was read; what is appended meanwhile lies beyond it.
    head: Option<AuditHead>,
    last: i64,
    mac: Option<Vec<u8>>,
    /// Of the entry that the head names.
    mac_at_head: Option<Vec<u8>>,
    /// Keys of the entries so far.
    met: BTreeSet<String>,
    /// Keys that no further entry may be made under.
    retired: BTreeSet<String>,
    unverified: i64,
}

impl<'a> ChainWalk<'a> {
    pub const fn new(keys: &'a AuditKeys, team: TeamId, head: Option<AuditHead>) -> Self {
        Self { keys, team, head, last: 0, mac: None, mac_at_head: None, met: BTreeSet::new(), retired: BTreeSet::new(), unverified: 0 }
    }

    /// The number of the last entry that fits.
    pub const fn last(&self) -> i64 {
        self.last
    }

    /// Its MAC, which is the head of the log so far.
    pub fn head(&self) -> Option<String> {
        self.mac.as_deref().map(hex)
    }

    /// How many entries follow one another, and cannot be verified because their key was given up.
    pub const fn unverified(&self) -> i64 {
        self.unverified
    }

    /// Looks at the next entry.
    ///
    /// # Errors
    /// It does not fit.
    pub fn step(&mut self, entry: &StoredEntry) -> Result<(), ChainFault> {
        let sequence = entry.sequence;
        let is_given_up = self.keys.is_given_up(&entry.key_id);
        if !is_given_up && !self.keys.holds(&entry.key_id) {
            return Err(ChainFault::UnknownKey { sequence, key_id: entry.key_id.clone() });
        }
        if !is_given_up && !self.keys.is_authentic(self.team, entry, sequence) {
            let most = self.head.as_ref().map_or(0, |head| head.sequence).max(sequence).saturating_add(RENUMBERED).min(FURTHEST);
            let belongs_at = (1..=most).find(|place| self.keys.is_authentic(self.team, entry, *place));
            return Err(belongs_at.map_or(ChainFault::Altered { sequence }, |belongs_at| ChainFault::Moved { sequence, belongs_at }));
        }
        if sequence != self.last + 1 {
            return Err(ChainFault::Missing { sequence: self.last + 1 });
        }
        if entry.previous != self.mac {
            return Err(ChainFault::Unlinked { sequence });
        }
        if self.retired.contains(&entry.key_id) {
            return Err(ChainFault::RetiredKey { sequence, key_id: entry.key_id.clone() });
        }
        if is_given_up {
            self.unverified += 1;
        } else {
            self.retire(entry);
        }
        self.met.insert(entry.key_id.clone());
        (self.last, self.mac) = (sequence, Some(entry.mac.clone()));
        if self.head.as_ref().is_some_and(|head| head.sequence == sequence) {
            self.mac_at_head.clone_from(&self.mac);
        }
        Ok(())
    }

    /// What an entry that can be believed says of keys: a rotation leaves none but its own, which nobody who has an old key can make.
    fn retire(&mut self, entry: &StoredEntry) {
        match entry.act.parse() {
            Ok(AuditAct::KeysRotated) => self.retired.extend(self.met.iter().filter(|id| **id != entry.key_id).cloned()),
            Ok(AuditAct::KeyAbandoned) => self.retired.extend(entry.thing_id.iter().filter(|id| **id != entry.key_id).cloned()),
            _ => {}
        }
    }

    /// Compares the end with the head.
    ///
    /// # Errors
    /// Entries are gone from the end, or the head is not what was written.
    pub fn finish(&self) -> Result<(), ChainFault> {
        let last = self.last;
        match &self.head {
            None if last == 0 => Ok(()),
            None => Err(ChainFault::HeadMissing { last }),
            Some(head) if !self.is_given_up(head) && !self.keys.is_sealed(self.team, head.sequence, head) => Err(ChainFault::HeadAltered { last }),
            Some(head) if head.sequence > last => Err(ChainFault::Truncated { last, head: head.sequence }),
            Some(head) if head.mac != self.mac_at_head => Err(ChainFault::HeadAltered { last }),
            // Whoever retired it has sealed every head anew.
            Some(AuditHead { sequence, key_id: Some(key_id), .. }) if !self.keys.is_given_up(key_id) && !self.keys.is_in_ring(key_id) => {
                Err(ChainFault::RetiredKey { sequence: *sequence, key_id: key_id.clone() })
            }
            Some(_) => Ok(()),
        }
    }

    fn is_given_up(&self, head: &AuditHead) -> bool {
        head.key_id.as_deref().is_some_and(|id| self.keys.is_given_up(id))
    }
}
