//! Table `sessions`. A session is kept under the SHA-256 of its id, so that a copy of the table signs nobody in.

use serde_json::Value;
use sqlx::types::Json;

use super::{Db, StoreResult, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::time::Timestamp;

const LOAD: &str = "select data, expires_at from sessions where id = $1 and expires_at > $2";
const INSERT: &str = "insert into sessions (id, data, expires_at) values ($1, $2, $3) on conflict (id) do nothing";
const SAVE: &str = "insert into sessions (id, data, expires_at) values ($1, $2, $3)
    on conflict (id) do update set data = excluded.data, expires_at = excluded.expires_at";
const DELETE: &str = "delete from sessions where id = $1";
const DELETE_EXPIRED: &str = "delete from sessions where expires_at <= $1";

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    #[sqlx(json)]
    pub data: Value,
    pub expires_at: Timestamp,
}

pub async fn load(db: &Db, id: &str, now: Timestamp) -> StoreResult<Option<SessionRow>> {
    on_db!(db, |pool| sqlx::query_as(LOAD).bind(hash_token(id)).bind(now).fetch_optional(pool).await)
}

/// False when the id is taken.
pub async fn insert(db: &Db, id: &str, data: &Value, expires_at: Timestamp) -> StoreResult<bool> {
    write(db, INSERT, id, data, expires_at).await
}

pub async fn save(db: &Db, id: &str, data: &Value, expires_at: Timestamp) -> StoreResult<()> {
    write(db, SAVE, id, data, expires_at).await.map(drop)
}

async fn write(db: &Db, sql: &'static str, id: &str, data: &Value, expires_at: Timestamp) -> StoreResult<bool> {
    let mut tx = db.begin().await?;
    let written =
        on_tx!(&mut tx, |connection| sqlx::query(sql).bind(hash_token(id)).bind(Json(data)).bind(expires_at).execute(connection).await.map(affected_one))?;
    tx.commit().await?;
    Ok(written)
}

pub async fn delete(db: &Db, id: &str) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(DELETE).bind(hash_token(id)).execute(connection).await.map(drop))?;
    tx.commit().await
}

pub async fn delete_expired(db: &Db, now: Timestamp) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(DELETE_EXPIRED).bind(now).execute(connection).await.map(drop))?;
    tx.commit().await
}
