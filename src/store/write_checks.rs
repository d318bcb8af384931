//! Table `write_checks`: one row, written to learn whether the database takes a write.

use std::path::Path;

use tokio::task::spawn_blocking;

use super::{Db, StoreError, StoreResult, db::Pool};
use crate::on_tx;
use domain::time::Timestamp;

const WRITE: &str = "insert into write_checks (name, at) values ('readiness', $1) on conflict (name) do update set at = excluded.at";
/// Bytes. What is written here is a page, which for a while fits into what a larger unit of work, refused, has taken of SQLite's log.
const LEAST_ROOM: u64 = 1 << 20;

/// Committed, because a full disk is met only then.
pub async fn write(db: &Db, now: Timestamp) -> StoreResult<()> {
    if let Pool::Sqlite(pool) = &db.writer {
        let file = pool.connect_options().get_filename().to_owned();
        if spawn_blocking(move || is_disk_full(&file)).await.is_ok_and(|is_full| is_full) {
            return Err(StoreError::DiskFull);
        }
    }
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(WRITE).bind(now).execute(connection).await.map(drop))?;
    tx.commit().await
}

/// Whether the disk of a file has too little room to work with. A file system without an end has no blocks.
pub fn is_disk_full(file: &Path) -> bool {
    rustix::fs::statvfs(file).is_ok_and(|disk| disk.f_blocks > 0 && disk.f_bavail.saturating_mul(disk.f_frsize) < LEAST_ROOM)
}
