//! Table `setup_links`: one use, kept as a hash.

use super::{Db, StoreResult, Tx, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::time::Timestamp;

const INSERT: &str = "insert into setup_links (token_hash, expires_at) values ($1, $2)";
const CLEAR: &str = "delete from setup_links";
const IS_GOOD: &str = "select exists (select 1 from setup_links where token_hash = $1 and expires_at > $2)";
const TAKE: &str = "delete from setup_links where token_hash = $1 and expires_at > $2";

/// Replaces every earlier link.
pub async fn replace(tx: &mut Tx, token: &str, expires_at: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| {
        sqlx::query(CLEAR).execute(&mut *connection).await?;
        sqlx::query(INSERT).bind(hash_token(token)).bind(expires_at).execute(connection).await.map(drop)
    })
}

/// Whether the link can still be used.
pub async fn is_good(db: &Db, token: &str, now: Timestamp) -> StoreResult<bool> {
    on_db!(db, |pool| sqlx::query_scalar(IS_GOOD).bind(hash_token(token)).bind(now).fetch_one(pool).await)
}

/// Uses the link up; false when it is unknown, used or too old.
pub async fn take(tx: &mut Tx, token: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(TAKE).bind(hash_token(token)).bind(now).execute(connection).await.map(affected_one))
}
