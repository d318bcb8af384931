//! Table `write_checks`: one row, written to learn whether the database takes a write.

use super::{Db, StoreResult};
use crate::on_tx;
use domain::time::Timestamp;

const WRITE: &str = "insert into write_checks (name, at) values ('readiness', $1) on conflict (name) do update set at = excluded.at";

/// Committed, because a full disk is met only then.
pub async fn write(db: &Db, now: Timestamp) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(WRITE).bind(now).execute(connection).await.map(drop))?;
    tx.commit().await
}
