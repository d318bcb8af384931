//! Table `sessions`. A session is kept under the SHA-256 of its id, so that a copy of the table signs nobody in.

use serde_json::Value;
use sqlx::types::Json;

use super::{Db, StoreResult, Tx, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::{ids::OperatorId, time::Timestamp};

const LOAD: &str = "select data, expires_at from sessions where id = $1 and expires_at > $2";
const OF_OPERATOR: &str = "select id, data from sessions where operator_id = $1 and expires_at > $2";
const INSERT: &str = "insert into sessions (id, data, expires_at, operator_id) values ($1, $2, $3, $4) on conflict (id) do nothing";
/// One that has ended stays ended.
const UPDATE: &str = "update sessions set data = $2, expires_at = $3, operator_id = $5 where id = $1 and expires_at > $4";
const DELETE: &str = "delete from sessions where id = $1";
const END: &str = "delete from sessions where operator_id = $1 and id = $2";
const END_ALL: &str = "delete from sessions where operator_id = $1";
const DELETE_EXPIRED: &str = "delete from sessions where expires_at <= $1";

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    #[sqlx(json)]
    pub data: Value,
    pub expires_at: Timestamp,
}

/// A session in its person's list.
#[derive(sqlx::FromRow)]
pub struct ListedSession {
    /// The hash that it is kept under.
    pub id: Vec<u8>,
    #[sqlx(json)]
    pub data: Value,
}

pub async fn load(db: &Db, id: &str, now: Timestamp) -> StoreResult<Option<SessionRow>> {
    on_db!(db, |pool| sqlx::query_as(LOAD).bind(hash_token(id)).bind(now).fetch_optional(pool).await)
}

/// What a person has begun and not ended.
pub async fn of_operator(db: &Db, operator: OperatorId, now: Timestamp) -> StoreResult<Vec<ListedSession>> {
    on_db!(db, |pool| sqlx::query_as(OF_OPERATOR).bind(operator).bind(now).fetch_all(pool).await)
}

/// False when the id is taken.
pub async fn insert(db: &Db, id: &str, operator: Option<OperatorId>, data: &Value, expires_at: Timestamp) -> StoreResult<bool> {
    let mut tx = db.begin().await?;
    let inserted = on_tx!(&mut tx, |connection| sqlx::query(INSERT)
        .bind(hash_token(id))
        .bind(Json(data))
        .bind(expires_at)
        .bind(operator)
        .execute(connection)
        .await
        .map(affected_one))?;
    tx.commit().await?;
    Ok(inserted)
}

/// Does nothing to one that has ended.
pub async fn update(db: &Db, id: &str, operator: Option<OperatorId>, data: &Value, expires_at: Timestamp, now: Timestamp) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(UPDATE)
        .bind(hash_token(id))
        .bind(Json(data))
        .bind(expires_at)
        .bind(now)
        .bind(operator)
        .execute(connection)
        .await
        .map(drop))?;
    tx.commit().await
}

/// False when there was none.
pub async fn delete(db: &Db, id: &str) -> StoreResult<bool> {
    let mut tx = db.begin().await?;
    let deleted = on_tx!(&mut tx, |connection| sqlx::query(DELETE).bind(hash_token(id)).execute(connection).await.map(affected_one))?;
    tx.commit().await?;
    Ok(deleted)
}

/// Ends one session of a person, by the hash it is kept under. False when they have none like that.
pub async fn end(tx: &mut Tx, operator: OperatorId, id: &[u8]) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(END).bind(operator).bind(id).execute(connection).await.map(affected_one))
}

pub async fn end_all(tx: &mut Tx, operator: OperatorId) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(END_ALL).bind(operator).execute(connection).await.map(drop))
}

pub async fn delete_expired(db: &Db, now: Timestamp) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(DELETE_EXPIRED).bind(now).execute(connection).await.map(drop))?;
    tx.commit().await
}
