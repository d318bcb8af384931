//! Sealed values of every team, wherever they lie: what a change of the master key goes through.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{ids::OperatorId, time::Timestamp};
use serde_json::Value;
use sqlx::types::{Json, Uuid};

/// Of either table, at most `$3` after `$2`. A sealed value begins with its format, one byte, and the id of its key, four.
macro_rules! credentials {
    ($table:literal) => {
        concat!(
            "select id, name, credential, credential_origin, credential_version from ",
            $table,
            " where credential is not null and substr(credential, 2, 4) <> $1 and ($2 is null or id > $2) order by id limit $3"
        )
    };
}

macro_rules! rewrap {
    ($table:literal) => {
        concat!("update ", $table, " set credential = $3 where id = $1 and credential = $2")
    };
}

const KEYS: &str = "select substr(credential, 2, 4), count(*) from (select credential from service_connection_profiles
    union all select credential from notification_channels) s where credential is not null group by 1 order by 1";
/// Nobody is to go on watching without it; what was verified with it is not verified any more.
const DROP: &str = "update service_connection_profiles set credential = null, version = version + 1, state = 'draft', verified_version = null, updated_at = $2
    where substr(credential, 2, 4) = $1";
const END_WATCHING: &str = "update connection_schedules set is_active = false, node_id = null, token = token + 1
    where connection_id in (select id from service_connection_profiles where substr(credential, 2, 4) = $1)";
const SEEDS: &str = "select o.id, o.email, f.seed from second_factors f join operators o on o.id = f.operator_id
    where substr(f.seed, 2, 4) <> $1 and ($2 is null or o.id > $2) order by o.id limit $3";
const KEYS_OF_SEEDS: &str = "select substr(seed, 2, 4), count(*) from second_factors group by 1 order by 1";
const REWRAP_SEED: &str = "update second_factors set seed = $3 where operator_id = $1 and seed = $2";
const NOTE_GIVEN_UP: &str = "insert into second_factors_given_up (operator_id)
    select operator_id from second_factors where substr(seed, 2, 4) = $1 and confirmed_at is not null on conflict do nothing";
const DROP_RECOVERY_CODES: &str = "delete from recovery_codes where operator_id in (select operator_id from second_factors where substr(seed, 2, 4) = $1)";
const DROP_SEEDS: &str = "delete from second_factors where substr(seed, 2, 4) = $1";
/// Nothing is sent without it.
const DROP_CHANNEL: &str = "update notification_channels set credential = null, version = version + 1, disabled_at = $2, disabled_reason = $3, updated_at = $2
    where substr(credential, 2, 4) = $1";
const SESSIONS: &str = "select id, data from sessions where ($1 is null or id > $1) order by id limit $2";
const REWRAP_SESSION: &str = "update sessions set data = $3 where id = $1 and data = $2";

/// What has a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Connection,
    Channel,
}

impl Holder {
    const fn credentials(self) -> &'static str {
        match self {
            Self::Connection => credentials!("service_connection_profiles"),
            Self::Channel => credentials!("notification_channels"),
        }
    }

    const fn rewrap(self) -> &'static str {
        match self {
            Self::Connection => rewrap!("service_connection_profiles"),
            Self::Channel => rewrap!("notification_channels"),
        }
    }
}

/// A credential and what it is bound to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Credential {
    /// Of what has it, as its name.
    pub id: Uuid,
    pub name: String,
    pub credential: Vec<u8>,
    pub credential_origin: String,
    pub credential_version: i64,
}

/// The seed of a person's second factor.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Seed {
    pub id: OperatorId,
    pub email: String,
    pub seed: Vec<u8>,
}

/// A session, by the hash of its id.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Session {
    pub id: Vec<u8>,
    #[sqlx(json)]
    pub data: Value,
}

/// At most `limit` that are sealed under another key than `current`, after that of `after`.
pub async fn credentials_of_other_keys(db: &Db, holder: Holder, current: &[u8], after: Option<Uuid>, limit: i64) -> StoreResult<Vec<Credential>> {
    on_db!(db, |pool| sqlx::query_as(holder.credentials()).bind(current).bind(after).bind(limit).fetch_all(pool).await)
}

/// How many credentials are sealed under each key.
pub async fn keys_of_credentials(db: &Db) -> StoreResult<Vec<(Vec<u8>, i64)>> {
    on_db!(db, |pool| sqlx::query_as(KEYS).fetch_all(pool).await)
}

/// False when it was changed meanwhile.
pub async fn rewrap_credential(tx: &mut Tx, holder: Holder, id: Uuid, from: &[u8], to: &[u8]) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(holder.rewrap()).bind(id).bind(from).bind(to).execute(connection).await.map(affected_one))
}

/// Removes the credentials that are sealed under `key`, and makes their connections drafts. Answers how many there were.
pub async fn drop_credentials_of(tx: &mut Tx, key: &[u8], now: Timestamp) -> StoreResult<u64> {
    on_tx!(tx, |connection| {
        sqlx::query(END_WATCHING).bind(key).execute(&mut *connection).await?;
        sqlx::query(DROP).bind(key).bind(now).execute(connection).await.map(|done| done.rows_affected())
    })
}

/// At most `limit` that are sealed under another key than `current`, after that of the person `after`.
pub async fn seeds_of_other_keys(db: &Db, current: &[u8], after: Option<OperatorId>, limit: i64) -> StoreResult<Vec<Seed>> {
    on_db!(db, |pool| sqlx::query_as(SEEDS).bind(current).bind(after).bind(limit).fetch_all(pool).await)
}

/// How many seeds are sealed under each key.
pub async fn keys_of_seeds(db: &Db) -> StoreResult<Vec<(Vec<u8>, i64)>> {
    on_db!(db, |pool| sqlx::query_as(KEYS_OF_SEEDS).fetch_all(pool).await)
}

/// False when it was changed meanwhile.
pub async fn rewrap_seed(tx: &mut Tx, id: OperatorId, from: &[u8], to: &[u8]) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(REWRAP_SEED).bind(id).bind(from).bind(to).execute(connection).await.map(affected_one))
}

/// Removes the second factors whose seed is sealed under `key`, with their recovery codes, and notes whose did count. Answers how many there were.
pub async fn drop_seeds_of(tx: &mut Tx, key: &[u8]) -> StoreResult<u64> {
    on_tx!(tx, |connection| {
        sqlx::query(NOTE_GIVEN_UP).bind(key).execute(&mut *connection).await?;
        sqlx::query(DROP_RECOVERY_CODES).bind(key).execute(&mut *connection).await?;
        sqlx::query(DROP_SEEDS).bind(key).execute(connection).await.map(|done| done.rows_affected())
    })
}

/// Removes the credentials of channels that are sealed under `key`, and disables the channels for that reason. Answers how many there were.
pub async fn drop_channel_credentials_of(tx: &mut Tx, key: &[u8], now: Timestamp, reason: &str) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(DROP_CHANNEL).bind(key).bind(now).bind(reason).execute(connection).await.map(|done| done.rows_affected()))
}

/// At most `limit` after the session `after`.
pub async fn sessions(db: &Db, after: Option<&[u8]>, limit: i64) -> StoreResult<Vec<Session>> {
    on_db!(db, |pool| sqlx::query_as(SESSIONS).bind(after).bind(limit).fetch_all(pool).await)
}

/// False when it was changed meanwhile.
pub async fn rewrap_session(tx: &mut Tx, id: &[u8], from: &Value, to: &Value) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(REWRAP_SESSION).bind(id).bind(Json(from)).bind(Json(to)).execute(connection).await.map(affected_one))
}
