//! Table `restores`: when this database was restored from a backup.

use super::{Db, StoreResult, Tx};
use crate::{on_db, on_tx};
use domain::{ids::Id, time::Timestamp};

/// One time that a backup was put into this database.
pub struct Restore;

pub(super) const INSERT: &str = "insert into restores (id, made_at) values ($1, $2)";
const UNTOLD: &str = "select id, made_at from restores where told_at is null order by id";
const TOLD: &str = "update restores set told_at = $2 where id = $1 and told_at is null";

/// Those that no log has been told of, each with the moment that its backup was made.
pub async fn unannounced(db: &Db) -> StoreResult<Vec<(Id<Restore>, Timestamp)>> {
    on_db!(db, |pool| sqlx::query_as(UNTOLD).fetch_all(pool).await)
}

/// False when another process has told of it.
pub async fn mark_announced(tx: &mut Tx, id: Id<Restore>, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(TOLD).bind(id).bind(now).execute(connection).await.map(super::affected_one))
}
