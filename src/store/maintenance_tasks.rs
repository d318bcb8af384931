//! Table `maintenance_tasks`: each time that one was done.

use super::{StoreResult, TeamDb, TeamTx};
use crate::{on_db, on_tx};
use domain::{
    ids::Id,
    maintenance_task::{LastDone, MaintenanceTask},
};

const LAST: &str = "select task, note, done_by, done_at from maintenance_tasks where team_id = $1 and task = $2 order by done_at desc, id desc limit 1";
const INSERT: &str = "insert into maintenance_tasks (id, team_id, task, note, done_by, done_at) values ($1, $2, $3, $4, $5, $6)";

/// The last time that a task was done.
pub async fn last(db: &TeamDb, task: MaintenanceTask) -> StoreResult<Option<LastDone>> {
    on_db!(db, |pool| sqlx::query_as(LAST).bind(db.team()).bind(task).fetch_optional(pool).await)
}

pub async fn insert(tx: &mut TeamTx, done: &LastDone) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(Id::<LastDone>::new())
        .bind(team)
        .bind(done.task)
        .bind(&done.note)
        .bind(&done.done_by)
        .bind(done.done_at)
        .execute(connection)
        .await
        .map(drop))
}
