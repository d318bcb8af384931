//! Table `service_connection_profiles`: one connection at a time. Lists are in [`list`].

use super::{StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    folding::fold,
    ids::{ProfileId, TeamId},
    profile::{ServiceConnectionProfile, Transition},
    time::Timestamp,
};

/// What a connection is read by: whether there is a credential, never the credential.
macro_rules! columns {
    () => {
        "id, team_id, name, kind, environment, state, version, settings, credential is not null as has_credential, heartbeat, tags, owner, runbook_url,
        depends_on, last_verified_at, verified_version, created_at, updated_at"
    };
}

pub mod list;
pub mod summaries;

const GET: &str = concat!("select ", columns!(), " from service_connection_profiles where team_id = $1 and id = $2");
const CREDENTIAL: &str = "select credential, credential_origin, credential_version from service_connection_profiles where team_id = $1 and id = $2";

const INSERT: &str = "insert into service_connection_profiles
    (id, team_id, name, kind, environment, state, version, settings, credential, credential_origin, credential_version,
     heartbeat, tags, owner, runbook_url, created_at, updated_at, name_key, search_key, depends_on)
    values ($1, $2, $3, $4, $5, 'draft', 1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17)";

/// What was verified stays verified unless the edit says otherwise.
const UPDATE: &str = "update service_connection_profiles set
    name = $4, environment = $5, settings = $6, credential = $7, credential_origin = $8, credential_version = $9,
    heartbeat = $10, tags = $11, owner = $12, runbook_url = $13, updated_at = $14, version = version + 1, name_key = $16, search_key = $17,
    depends_on = $18,
    state = case when $15 then 'draft' else state end,
    verified_version = case when not $15 and verified_version = version then version + 1 else verified_version end
    where team_id = $1 and id = $2 and version = $3 and state <> 'archived'";

const RECORD_PASSED: &str = "update service_connection_profiles set
    verified_version = $3, last_verified_at = $4, state = case when state = 'draft' then 'verified' else state end
    where team_id = $1 and id = $2 and version = $3 and state <> 'archived'";
const RECORD_FAILED: &str = "update service_connection_profiles set
    verified_version = null, state = case when state in ('verified', 'suspended') then 'draft' else state end
    where team_id = $1 and id = $2 and version = $3 and state <> 'archived'";

/// The check and the change in one: only the verified version, and only while its verification is young enough.
const ACTIVATE: &str = "update service_connection_profiles set state = 'active', updated_at = $3
    where team_id = $1 and id = $2 and state = 'verified' and verified_version = version and last_verified_at >= $4";
const SUSPEND: &str = "update service_connection_profiles set state = 'suspended', updated_at = $3
    where team_id = $1 and id = $2 and state = 'active'";
const RESUME: &str = "update service_connection_profiles set state = 'active', updated_at = $3
    where team_id = $1 and id = $2 and state = 'suspended' and verified_version = version";
/// An archived connection keeps no credential.
const ARCHIVE: &str = "update service_connection_profiles set state = 'archived', updated_at = $3, credential = null
    where team_id = $1 and id = $2 and state <> 'archived'";

/// A draft again: what was verified is long ago, and its credential is gone. Fails with a unique violation when its name is taken.
const RESTORE: &str = "update service_connection_profiles set state = 'draft', verified_version = null, updated_at = $3
    where team_id = $1 and id = $2 and state = 'archived'";

const IS_OF: &str = "select exists(select 1 from service_connection_profiles where team_id = $1 and id = $2)";
const DEPENDENCIES: &str = "select id, depends_on from service_connection_profiles where team_id = $1 and cast(depends_on as text) <> '[]'";

/// A sealed credential and what it is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct SealedCredential {
    pub credential: Option<Vec<u8>>,
    pub credential_origin: String,
    pub credential_version: i64,
}

/// What a search looks through: name, owner and tags, one a line.
pub(super) fn search_key(name: &str, owner: Option<&str>, tags: &[String]) -> String {
    let parts: Vec<_> = [name, owner.unwrap_or_default()].into_iter().chain(tags.iter().map(String::as_str)).collect();
    fold(&parts.join("\n"))
}

pub async fn get(db: &TeamDb, id: ProfileId) -> StoreResult<Option<ServiceConnectionProfile>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// As [`get`], seeing what this unit of work has written.
pub async fn get_in(tx: &mut TeamTx, id: ProfileId) -> StoreResult<Option<ServiceConnectionProfile>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// Whether this team has it.
pub async fn is_of(tx: &mut Tx, team: Option<TeamId>, id: ProfileId) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query_scalar(IS_OF).bind(team).bind(id).fetch_one(connection).await)
}

pub async fn credential(db: &TeamDb, id: ProfileId) -> StoreResult<Option<SealedCredential>> {
    on_db!(db, |pool| sqlx::query_as(CREDENTIAL).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// Fails with a unique violation when the name is taken.
pub async fn insert(tx: &mut TeamTx, profile: &ServiceConnectionProfile, sealed: &SealedCredential) -> StoreResult<()> {
    use sqlx::types::Json;
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(profile.id)
        .bind(team)
        .bind(&profile.name)
        .bind(&profile.kind)
        .bind(profile.environment)
        .bind(Json(&profile.settings))
        .bind(sealed.credential.as_deref())
        .bind(&sealed.credential_origin)
        .bind(sealed.credential_version)
        .bind(Json(profile.heartbeat))
        .bind(Json(&profile.tags))
        .bind(&profile.owner)
        .bind(&profile.runbook_url)
        .bind(profile.created_at)
        .bind(fold(&profile.name))
        .bind(search_key(&profile.name, profile.owner.as_deref(), &profile.tags))
        .bind(Json(&profile.depends_on))
        .execute(connection)
        .await
        .map(drop))
}

/// Writes what a person may edit over `profile.version`, the version the edit was made on. False when that is not the current one.
pub async fn update(tx: &mut TeamTx, profile: &ServiceConnectionProfile, sealed: &SealedCredential, invalidates: bool, now: Timestamp) -> StoreResult<bool> {
    use sqlx::types::Json;
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team)
        .bind(profile.id)
        .bind(profile.version)
        .bind(&profile.name)
        .bind(profile.environment)
        .bind(Json(&profile.settings))
        .bind(sealed.credential.as_deref())
        .bind(&sealed.credential_origin)
        .bind(sealed.credential_version)
        .bind(Json(profile.heartbeat))
        .bind(Json(&profile.tags))
        .bind(&profile.owner)
        .bind(&profile.runbook_url)
        .bind(now)
        .bind(invalidates)
        .bind(fold(&profile.name))
        .bind(search_key(&profile.name, profile.owner.as_deref(), &profile.tags))
        .bind(Json(&profile.depends_on))
        .execute(connection)
        .await
        .map(affected_one))
}

/// What each connection of the team depends on, where it does on any, as this unit of work sees it.
pub async fn dependencies(tx: &mut TeamTx) -> StoreResult<Vec<(ProfileId, Vec<ProfileId>)>> {
    use sqlx::types::Json;
    let team = tx.team();
    let found: Vec<(ProfileId, Json<Vec<ProfileId>>)> = on_tx!(tx, |connection| sqlx::query_as(DEPENDENCIES).bind(team).fetch_all(connection).await)?;
    Ok(found.into_iter().map(|(id, Json(depends_on))| (id, depends_on)).collect())
}

/// Notes the verdict on `version`; nothing happens when the connection has moved on.
pub async fn record_verification(tx: &mut TeamTx, id: ProfileId, version: i64, passed_at: Option<Timestamp>) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| match passed_at {
        Some(at) => sqlx::query(RECORD_PASSED).bind(team).bind(id).bind(version).bind(at).execute(connection).await.map(drop),
        None => sqlx::query(RECORD_FAILED).bind(team).bind(id).bind(version).execute(connection).await.map(drop),
    })
}

/// Takes the step if the connection still allows it. `verified_since` is the oldest verification that allows activation.
pub async fn transition(tx: &mut TeamTx, id: ProfileId, step: Transition, now: Timestamp, verified_since: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    let sql = match step {
        Transition::Activate => ACTIVATE,
        Transition::Suspend => SUSPEND,
        Transition::Resume => RESUME,
        Transition::Archive => ARCHIVE,
        Transition::Restore => RESTORE,
    };
    on_tx!(tx, |connection| {
        let query = sqlx::query(sql).bind(team).bind(id).bind(now);
        let query = if step == Transition::Activate { query.bind(verified_since) } else { query };
        query.execute(connection).await.map(affected_one)
    })
}
