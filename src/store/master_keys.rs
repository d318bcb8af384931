//! Table `master_keys`: which keys something is sealed under, or was. No key itself lies there.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::time::Timestamp;

const ALL: &str = "select id, check_value, audit_key, evidence_public_key, created_at, retired_at from master_keys order by created_at, id";
/// A retired key may come back, and what was given up with it.
const USE: &str = "insert into master_keys (id, check_value, audit_key, evidence_public_key, created_at) values ($1, $2, $3, $4, $5)
    on conflict (id) do update set retired_at = null,
        check_value = case when length(master_keys.check_value) = 0 then excluded.check_value else master_keys.check_value end,
        audit_key = case when length(master_keys.audit_key) = 0 then excluded.audit_key else master_keys.audit_key end,
        evidence_public_key = case when master_keys.evidence_public_key = '' then excluded.evidence_public_key else master_keys.evidence_public_key end";
/// A key that lies here as one of the others: what it opens can be read again, though nothing new is sealed under it.
const FOUND: &str = "update master_keys set check_value = $2, audit_key = $3, evidence_public_key = $4 where id = $1 and length(audit_key) = 0";
const REWRAP: &str = "update master_keys set audit_key = $3 where id = $1 and audit_key = $2";
const IS_RETIRED: &str = "select count(*) > 0 from master_keys where id = $1 and retired_at is not null";
const ABANDON: &str = "insert into master_keys (id, check_value, audit_key, evidence_public_key, created_at, retired_at) values ($1, $3, $3, '', $2, $2)
    on conflict (id) do update set retired_at = $2, audit_key = excluded.audit_key";
/// What is sealed begins with its format, one byte, and the id of its key, four.
const BLANK: &str = "update master_keys set audit_key = $2 where substr(audit_key, 2, 4) = $1";
const LOCK_POSTGRES: &str = "lock table master_keys in share row exclusive mode";
const RETIRE: &str = "update master_keys set retired_at = $2 where id = $1 and retired_at is null";

const NOTHING: &[u8] = &[];

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownKey {
    pub id: String,
    pub check_value: Vec<u8>,
    /// Sealed under the key that it names.
    pub audit_key: Vec<u8>,
    pub evidence_public_key: String,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

impl KnownKey {
    /// Whether what was made under it can be neither opened nor verified any more.
    pub const fn is_abandoned(&self) -> bool {
        self.retired_at.is_some() && self.audit_key.is_empty()
    }
}

pub async fn all(db: &Db) -> StoreResult<Vec<KnownKey>> {
    on_db!(db, |pool| sqlx::query_as(ALL).fetch_all(pool).await)
}

/// As [`all`]; nobody else takes a key into use before this unit of work ends.
pub async fn all_held(tx: &mut Tx) -> StoreResult<Vec<KnownKey>> {
    if !tx.is_embedded() {
        on_tx!(tx, |connection| sqlx::query(LOCK_POSTGRES).execute(connection).await.map(drop))?;
    }
    on_tx!(tx, |connection| sqlx::query_as(ALL).fetch_all(connection).await)
}

pub async fn put_to_use(tx: &mut Tx, key: &KnownKey) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(USE)
        .bind(&key.id)
        .bind(&key.check_value)
        .bind(&key.audit_key)
        .bind(&key.evidence_public_key)
        .bind(key.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Fills in what was given up with a key that has been found. It stays retired.
pub async fn found(tx: &mut Tx, key: &KnownKey) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(FOUND)
        .bind(&key.id)
        .bind(&key.check_value)
        .bind(&key.audit_key)
        .bind(&key.evidence_public_key)
        .execute(connection)
        .await
        .map(drop))
}

/// False when it is sealed anew already.
pub async fn rewrap(tx: &mut Tx, id: &str, from: &[u8], to: &[u8]) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(REWRAP).bind(id).bind(from).bind(to).execute(connection).await.map(affected_one))
}

pub async fn is_retired(tx: &mut Tx, id: &str) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query_scalar(IS_RETIRED).bind(id).fetch_one(connection).await)
}

/// Retires a key that is lost: what is derived from it is lost too, and so is every audit key that is sealed under it. `sealed_as` is how sealed
/// values name it.
pub async fn abandon(tx: &mut Tx, id: &str, sealed_as: &[u8], now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| {
        sqlx::query(BLANK).bind(sealed_as).bind(NOTHING).execute(&mut *connection).await?;
        sqlx::query(ABANDON).bind(id).bind(now).bind(NOTHING).execute(connection).await.map(drop)
    })
}

/// False when it was retired before.
pub async fn retire(tx: &mut Tx, id: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(RETIRE).bind(id).bind(now).execute(connection).await.map(affected_one))
}
