//! Table `idempotency_keys`: the first answer to a request, for whoever sends it again.

use serde_json::Value;
use sqlx::types::Json;

use super::{Db, StoreResult, TeamDb, Tx, affected_one};
use crate::on_tx;
use domain::time::Timestamp;

const BEGIN: &str = "insert into idempotency_keys (team_id, key, request_hash, created_at) values ($1, $2, $3, $4) on conflict do nothing";
const EXPIRE: &str = "delete from idempotency_keys where team_id = $1 and (created_at < $2 or (status is null and created_at < $3))";
const DELETE_EXPIRED: &str = "delete from idempotency_keys where created_at < $1";
/// The answers that hold a secret are those that nobody may store.
const FORGET_SECRETS: &str = "delete from idempotency_keys where headers ->> 'cache-control' = 'no-store'";
const GET: &str = "select request_hash, status, headers, body from idempotency_keys where team_id = $1 and key = $2";
const FINISH: &str = "update idempotency_keys set status = $3, headers = $4, body = $5 where team_id = $1 and key = $2";
const FORGET: &str = "delete from idempotency_keys where team_id = $1 and key = $2 and status is null";

/// How long an answer is kept.
const KEPT: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);
/// After this long without an answer, which is longer than any request may take, the process that worked on it is gone.
const ABANDONED: std::time::Duration = std::time::Duration::from_secs(240);

#[derive(sqlx::FromRow)]
pub struct KeptAnswer {
    pub request_hash: Vec<u8>,
    /// Absent while the first request is still being answered.
    pub status: Option<i32>,
    #[sqlx(json(nullable))]
    pub headers: Option<Value>,
    pub body: Option<Vec<u8>>,
}

/// Claims the key for a new request, or answers what is kept under it.
pub async fn begin(db: &TeamDb, key: &str, request_hash: &[u8], now: Timestamp) -> StoreResult<Option<KeptAnswer>> {
    let mut tx = db.begin().await?;
    let kept = on_tx!(&mut tx, |connection| {
        sqlx::query(EXPIRE).bind(db.team()).bind(now - KEPT).bind(now - ABANDONED).execute(&mut *connection).await?;
        let claimed = sqlx::query(BEGIN).bind(db.team()).bind(key).bind(request_hash).bind(now).execute(&mut *connection).await?;
        if affected_one(claimed) { Ok(None) } else { sqlx::query_as(GET).bind(db.team()).bind(key).fetch_optional(connection).await }
    })?;
    tx.commit().await?;
    Ok(kept)
}

pub async fn finish(db: &TeamDb, key: &str, status: i32, headers: &Value, body: &[u8]) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(FINISH)
        .bind(db.team())
        .bind(key)
        .bind(status)
        .bind(Json(headers))
        .bind(body)
        .execute(connection)
        .await
        .map(drop))?;
    tx.commit().await
}

/// Forgets the answers of every team that hold a secret.
pub async fn forget_secrets(tx: &mut Tx) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(FORGET_SECRETS).execute(connection).await.map(drop))
}

/// Frees a key whose request failed in a way that may pass.
pub async fn forget(db: &TeamDb, key: &str) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(FORGET).bind(db.team()).bind(key).execute(connection).await.map(drop))?;
    tx.commit().await
}

/// Of every team, also of those that send none any more.
pub async fn delete_expired(db: &Db, now: Timestamp) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(DELETE_EXPIRED).bind(now - KEPT).execute(connection).await.map(drop))?;
    tx.commit().await
}
