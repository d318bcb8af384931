//! The change from one master key to another.

use serde::Serialize;
use serde_json::Value;

use super::{
    Console, OpsError, Scope,
    access::{accounts, second_factor::seed_purpose},
    audit::{self, AuditRecord},
    key_ring::audit_key_purpose,
    vault::{Binding, KeyId},
};
use domain::{
    audit::{AuditAct, AuditFilter, Subject},
    correlation_id::CorrelationId,
    ids::{ChannelId, ProfileId},
    permission::Permission,
    time::Timestamp,
};
use store::{
    Db, StoreResult, Tx, audit_entries,
    audit_heads::{self, TeamHead},
    idempotency,
    master_keys::{self, KnownKey},
    sealed::{self, Holder},
    second_factors::{self, GivenUp},
};

/// Rows that are looked at together.
const BATCH: i64 = 100;

/// Why a channel is disabled whose credential was given up with its key.
const CHANNEL_WITHOUT: &str = "Its credential went with a master key that was lost; enter it again.";

/// The member of a session that holds a new secret, with the id of what it is for, until its page is read. Nothing else there is sealed anew: what single
/// sign-on seals lives ten minutes, and whoever is on their way while the key changes begins again.
pub const ISSUED: &str = "issued";

/// What that secret is sealed for.
pub fn issued_purpose(id: &str) -> String {
    format!("issued {id}")
}

/// A master key, as it is told; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyInUse {
    pub id: String,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
    /// Whether new values are sealed under it.
    pub is_current: bool,
    /// Values of the database that are sealed under it.
    pub sealed: usize,
    /// With which its evidence packs can be verified.
    pub evidence_public_key: String,
}

/// Every key that the database was ever sealed under.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<KeyInUse>, OpsError> {
    scope.authorize(Permission::ManageKeys)?;
    let console = &scope.console;
    let values = Values::read(&console.db).await?;
    let told = |key: KnownKey| KeyInUse {
        is_current: key.id == console.vault.current().to_string(),
        sealed: values.under(&key.id),
        id: key.id,
        created_at: key.created_at,
        retired_at: key.retired_at,
        evidence_public_key: key.evidence_public_key,
    };
    Ok(master_keys::all(&console.db).await?.into_iter().map(told).collect())
}

/// What came of a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// The key that everything is sealed under now.
    pub current: String,
    /// Values that were sealed anew by this call.
    pub rewrapped: usize,
    /// Keys that were retired by it.
    pub retired: Vec<String>,
    /// What none of the keys opens, in words. It stays as it is.
    pub unreadable: Vec<String>,
}

/// Seals every value of the database anew that is sealed under another key than the current one, and retires the others.
///
/// Each value is a unit of work of its own, which holds only while the value is what was read. So it may be killed at any point and called again,
/// and servers may go on beside it, as long as their rings hold both keys.
///
/// What does not open is left as it is, and told; the key that it names is not retired then. The log of every team is told of it, so that from
/// there on no entry of a retired key counts.
///
/// # Errors
/// Servers that go on sealing under another key; the database failed.
pub async fn rotate(scope: &Scope) -> Result<Rotated, OpsError> {
    scope.authorize(Permission::ManageKeys)?;
    let (console, current) = (&scope.console, scope.console.vault.current().to_string());
    let mut progress = Progress::default();
    credentials(console, Holder::Connection, &mut progress).await?;
    seeds(console, &mut progress).await?;
    credentials(console, Holder::Channel, &mut progress).await?;
    waiting_secrets(console, &mut progress).await?;
    audit_keys(console, &mut progress).await?;
    let Progress { rewrapped, unreadable } = progress;
    let values = Values::read(&console.db).await?;
    let left = values.0.iter().filter(|id| **id != current).count().saturating_sub(unreadable.len());
    if left > 0 {
        return Err(OpsError::Settings(format!(
            "{left} values were sealed under another key meanwhile: a server still seals under it; restart it with the new SWITCHBOARD_MASTER_KEY, then rotate again"
        )));
    }
    let old: Vec<_> = master_keys::all(&console.db).await?.into_iter().filter(|key| key.id != current && key.retired_at.is_none()).map(|key| key.id).collect();
    if old.iter().any(|id| values.under(id) > 0) {
        return Ok(Rotated { current, rewrapped, retired: Vec::new(), unreadable });
    }
    let mut tx = console.db.begin().await?;
    for id in &old {
        master_keys::retire(&mut tx, id, console.clock.now()).await?;
    }
    // Kept for a day, for whoever sends the same request again, and sealed under whichever key there was.
    idempotency::forget_secrets(&mut tx).await?;
    scope.audit_everywhere(&mut tx, AuditAct::KeysRotated, &Subject::many(rewrapped).named(&current)).await?;
    tx.commit().await?;
    Ok(Rotated { current, rewrapped, retired: old, unreadable })
}

/// What came of a key that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Abandoned {
    /// Connections that are drafts now, and channels that are disabled: they must be given their credential again.
    pub credentials_removed: u64,
    /// Second factors, which people set up anew: until then their password is enough.
    pub second_factors_removed: u64,
    /// New secrets of tokens that nobody has read yet.
    pub secrets_removed: usize,
}

/// Gives up a key that is lost, so that the console starts without it: what is sealed under it is removed, credentials must be entered and second
/// factors set up again, and entries of the audit log that were made under it cannot be verified any more, nor those of older keys whose own is sealed under it. The logs are
/// told of it when the console opens next. `ring` are the keys that this server is given.
///
/// # Errors
/// The key is not lost, or nothing is sealed under it; the database failed.
pub async fn abandon(db: &Db, id: KeyId, ring: &[KeyId], now: Timestamp) -> Result<Abandoned, OpsError> {
    if ring.contains(&id) {
        return Err(OpsError::Settings(format!("the key {id} is not lost: this server is given it; take it out of its settings first")));
    }
    let is_in_use = master_keys::all(db).await?.iter().any(|key| key.id == id.to_string() && key.retired_at.is_none());
    if !is_in_use && Values::read(db).await?.under(&id.to_string()) == 0 {
        return Err(OpsError::Settings(format!(
            "nothing is sealed under a key {id}; `switchboard keys list`, and a console that refuses to start, name those that are in use"
        )));
    }
    let mut tx = db.begin().await?;
    let of_channels = sealed::drop_channel_credentials_of(&mut tx, id.as_bytes(), now, CHANNEL_WITHOUT).await?;
    let credentials_removed = sealed::drop_credentials_of(&mut tx, id.as_bytes(), now).await? + of_channels;
    let second_factors_removed = sealed::drop_seeds_of(&mut tx, id.as_bytes()).await?;
    let secrets_removed = drop_waiting_secrets(db, &mut tx, id).await?;
    master_keys::abandon(&mut tx, &id.to_string(), id.as_bytes(), now).await?;
    tx.commit().await?;
    Ok(Abandoned { credentials_removed, second_factors_removed, secrets_removed })
}

/// Tells the log of each team, once, which keys have been given up, and whose second factor with them: who did that had no key to write with. Where the
/// log cannot be written now, the next start tells it.
///
/// # Errors
/// The database failed.
pub async fn announce_abandoned(console: &Console) -> Result<(), OpsError> {
    for key in master_keys::all(&console.db).await?.into_iter().filter(KnownKey::is_abandoned) {
        for TeamHead { team_id: team, .. } in audit_heads::all(&console.db).await? {
            let told = AuditFilter { act: Some(AuditAct::KeyAbandoned), thing: Some(key.id.clone()), ..AuditFilter::default() };
            if audit_entries::latest(&console.db.for_team(team), &told, None, 1).await?.is_empty() {
                let subject = Subject { id: Some(key.id.clone()), ..Subject::default() };
                let correlation_id = CorrelationId::mint();
                let act = AuditRecord {
                    team,
                    actor: audit::COMMAND_LINE,
                    actor_id: None,
                    act: AuditAct::KeyAbandoned,
                    subject,
                    from: None,
                    correlation_id: &correlation_id,
                };
                audit::note(console, act).await;
            }
        }
    }
    for person in second_factors::given_up(&console.db).await? {
        if let Err(error) = announce_given_up(console, &person).await {
            tracing::error!(%error, "the audit log was not told of a second factor that was given up");
        }
    }
    Ok(())
}

async fn announce_given_up(console: &Console, person: &GivenUp) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    if !second_factors::announce_given_up(&mut tx, person.id).await? {
        return Ok(());
    }
    let teams = accounts::teams_of(&mut tx, person.id).await?;
    accounts::tell(console, &mut tx, &teams, AuditAct::SecondFactorReset, person.id, &person.email).await?;
    Ok(tx.commit().await?)
}

async fn drop_waiting_secrets(db: &Db, tx: &mut Tx, id: KeyId) -> Result<usize, OpsError> {
    let (mut dropped, mut after) = (0, None::<Vec<u8>>);
    loop {
        let found = sealed::sessions(db, after.as_deref(), BATCH).await?;
        let Some(last) = found.last() else { return Ok(dropped) };
        after = Some(last.id.clone());
        for session in found.iter().filter(|session| waiting(&session.data).is_some_and(|(_, secret)| KeyId::of_sealed(&secret) == Some(id))) {
            let mut data = session.data.clone();
            data.as_object_mut().and_then(|data| data.remove(ISSUED));
            dropped += usize::from(sealed::rewrap_session(tx, &session.id, &session.data, &data).await?);
        }
    }
}

#[derive(Default)]
struct Progress {
    rewrapped: usize,
    unreadable: Vec<String>,
}

async fn credentials(console: &Console, holder: Holder, progress: &mut Progress) -> Result<(), OpsError> {
    let mut after = None;
    loop {
        let found = sealed::credentials_of_other_keys(&console.db, holder, console.vault.current().as_bytes(), after, BATCH).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.id);
        for row in found {
            let (origin, version) = (row.credential_origin.as_str(), row.credential_version);
            let (word, binding) = match holder {
                Holder::Connection => ("connection", Binding { profile: ProfileId::from_uuid(row.id), origin, version }),
                Holder::Channel => ("channel", Binding::of_channel(ChannelId::from_uuid(row.id), origin, version)),
            };
            let Ok(anew) = console.vault.rewrap(binding, &row.credential) else {
                progress.unreadable.push(format!("the credential of {word} {} ({})", row.name, row.id));
                continue;
            };
            let mut tx = console.db.begin().await?;
            progress.rewrapped += usize::from(sealed::rewrap_credential(&mut tx, holder, row.id, &row.credential, &anew).await?);
            tx.commit().await?;
        }
    }
}

/// Of second factors.
async fn seeds(console: &Console, progress: &mut Progress) -> Result<(), OpsError> {
    let mut after = None;
    loop {
        let found = sealed::seeds_of_other_keys(&console.db, console.vault.current().as_bytes(), after, BATCH).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.id);
        for row in found {
            let purpose = seed_purpose(row.id);
            let Ok(seed) = console.vault.open_text(&purpose, &row.seed) else {
                progress.unreadable.push(format!("the second factor of {}", row.email));
                continue;
            };
            let anew = console.vault.seal_text(&purpose, &seed)?;
            let mut tx = console.db.begin().await?;
            progress.rewrapped += usize::from(sealed::rewrap_seed(&mut tx, row.id, &row.seed, &anew).await?);
            tx.commit().await?;
        }
    }
}

/// New secrets whose page has not been read yet.
async fn waiting_secrets(console: &Console, progress: &mut Progress) -> Result<(), OpsError> {
    let mut after = None::<Vec<u8>>;
    loop {
        let found = sealed::sessions(&console.db, after.as_deref(), BATCH).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.id.clone());
        for session in found {
            let Some((id, secret)) = waiting(&session.data).filter(|(_, secret)| KeyId::of_sealed(secret) != Some(console.vault.current())) else { continue };
            let purpose = issued_purpose(&id);
            let Ok(opened) = console.vault.open_text(&purpose, &secret) else {
                progress.unreadable.push(format!("the new secret of token {id}, which nobody has read yet"));
                continue;
            };
            let mut data = session.data.clone();
            data[ISSUED]["secret"] = console.vault.seal_text(&purpose, &opened)?.into();
            let mut tx = console.db.begin().await?;
            progress.rewrapped += usize::from(sealed::rewrap_session(&mut tx, &session.id, &session.data, &data).await?);
            tx.commit().await?;
        }
    }
}

/// What the secret that waits in a session is for, and the sealed secret.
fn waiting(data: &Value) -> Option<(String, Vec<u8>)> {
    let issued = data.get(ISSUED)?;
    Some((serde_json::from_value(issued.get("id")?.clone()).ok()?, serde_json::from_value(issued.get("secret")?.clone()).ok()?))
}

async fn audit_keys(console: &Console, progress: &mut Progress) -> Result<(), OpsError> {
    for key in master_keys::all(&console.db).await?.iter().filter(|key| KeyId::of_sealed(&key.audit_key).is_some_and(|id| id != console.vault.current())) {
        let purpose = audit_key_purpose(&key.id);
        let Ok(opened) = console.vault.open_key(&purpose, &key.audit_key) else {
            progress.unreadable.push(format!("the audit key of master key {}", key.id));
            continue;
        };
        let anew = console.vault.seal_key(&purpose, &opened)?;
        let mut tx = console.db.begin().await?;
        progress.rewrapped += usize::from(master_keys::rewrap(&mut tx, &key.id, &key.audit_key, &anew).await?);
        tx.commit().await?;
    }
    Ok(())
}

/// The key of each sealed value.
struct Values(Vec<String>);

impl Values {
    async fn read(db: &Db) -> StoreResult<Self> {
        let mut keys = Vec::new();
        for (id, count) in sealed::keys_of_credentials(db).await?.into_iter().chain(sealed::keys_of_seeds(db).await?) {
            let id = KeyId::try_from(id.as_slice()).map_or_else(|_| "unknown".to_owned(), |id| id.to_string());
            keys.extend(std::iter::repeat_n(id, usize::try_from(count).unwrap_or_default()));
        }
        let mut after = None::<Vec<u8>>;
        loop {
            let found = sealed::sessions(db, after.as_deref(), BATCH).await?;
            let Some(last) = found.last() else { break };
            after = Some(last.id.clone());
            let waiting = found.iter().filter_map(|session| waiting(&session.data));
            keys.extend(waiting.filter_map(|(_, secret)| KeyId::of_sealed(&secret)).map(|id| id.to_string()));
        }
        keys.extend(master_keys::all(db).await?.iter().filter_map(|key| KeyId::of_sealed(&key.audit_key)).map(|id| id.to_string()));
        Ok(Self(keys))
    }

    fn under(&self, id: &str) -> usize {
        self.0.iter().filter(|key| *key == id).count()
    }
}
