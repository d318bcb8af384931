//! Table `master_keys`: which keys something is sealed under, or was. No key itself lies there.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::time::Timestamp;

const ALL: &str = "select id, check_value, audit_key, evidence_public_key, created_at, retired_at from master_keys order by created_at, id";
/// A retired key may come back.
const USE: &str = "insert into master_keys (id, check_value, audit_key, evidence_public_key, created_at) values ($1, $2, $3, $4, $5)
    on conflict (id) do update set retired_at = null";
const REWRAP: &str = "update master_keys set audit_key = $3 where id = $1 and audit_key = $2";
const IS_RETIRED: &str = "select count(*) > 0 from master_keys where id = $1 and retired_at is not null";
const ABANDON: &str = "insert into master_keys (id, check_value, audit_key, evidence_public_key, created_at, retired_at) values ($1, $3, $3, '', $2, $2)
    on conflict (id) do update set retired_at = $2, audit_key = excluded.audit_key";
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

pub async fn all(db: &Db) -> StoreResult<Vec<KnownKey>> {
    on_db!(db, |pool| sqlx::query_as(ALL).fetch_all(pool).await)
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

/// False when it is sealed anew already.
pub async fn rewrap(tx: &mut Tx, id: &str, from: &[u8], to: &[u8]) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(REWRAP).bind(id).bind(from).bind(to).execute(connection).await.map(affected_one))
}

pub async fn is_retired(tx: &mut Tx, id: &str) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query_scalar(IS_RETIRED).bind(id).fetch_one(connection).await)
}

/// Retires a key that is lost: what is derived from it is lost too.
pub async fn abandon(tx: &mut Tx, id: &str, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(ABANDON).bind(id).bind(now).bind(NOTHING).execute(connection).await.map(drop))
}

/// False when it was retired before.
pub async fn retire(tx: &mut Tx, id: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(RETIRE).bind(id).bind(now).execute(connection).await.map(affected_one))
}
