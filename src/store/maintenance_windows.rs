//! Table `maintenance_windows`.

use super::{StoreResult, TeamDb, TeamTx, Tx};
use crate::{on_db, on_tx};
use domain::{
    ids::{ProfileId, TeamId, WindowId},
    maintenance::MaintenanceWindow,
    reach::Reach,
    time::Timestamp,
};

/// What a window is read by.
macro_rules! columns {
    () => {
        "id, connection_id, starts_at, ends_at, reason, created_by, created_at"
    };
}

const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from maintenance_windows w where team_id = $1
    and ($3 is null or exists (select 1 from service_connection_profiles p where p.id = w.connection_id and $3 like '%' || p.environment || '%'))
    order by ends_at desc, id desc limit $2"
);
const INSERT: &str = "insert into maintenance_windows (id, team_id, connection_id, starts_at, ends_at, reason, created_by, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const END: &str = "update maintenance_windows set ends_at = $3 where team_id = $1 and id = $2 and starts_at < $3 and ends_at > $3";
const CANCEL: &str = "delete from maintenance_windows where team_id = $1 and id = $2 and starts_at >= $3";
const OPEN: &str = "select team_id, connection_id from maintenance_windows where starts_at <= $1 and ends_at > $1";

/// The latest to end first, of those for a connection that `reach` covers.
pub async fn latest(db: &TeamDb, reach: &Reach, limit: i64) -> StoreResult<Vec<MaintenanceWindow>> {
    on_db!(db, |pool| sqlx::query_as(LATEST).bind(db.team()).bind(limit).bind(reach.environment_names()).fetch_all(pool).await)
}

pub async fn insert(tx: &mut TeamTx, window: &MaintenanceWindow) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(window.id)
        .bind(team)
        .bind(window.connection_id)
        .bind(window.starts_at)
        .bind(window.ends_at)
        .bind(&window.reason)
        .bind(&window.created_by)
        .bind(window.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Ends an open window now, or removes one that has not begun. False when there is none, or it is over.
pub async fn end(tx: &mut TeamTx, id: WindowId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| {
        let ended = sqlx::query(END).bind(team).bind(id).bind(now).execute(&mut *connection).await?.rows_affected();
        let cancelled = sqlx::query(CANCEL).bind(team).bind(id).bind(now).execute(connection).await?.rows_affected();
        Ok::<_, sqlx::Error>(ended + cancelled == 1)
    })
}

/// The windows of every team that are open at `now`: the team, and the connection unless it is all of them.
pub async fn open(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<(TeamId, Option<ProfileId>)>> {
    on_tx!(tx, |connection| sqlx::query_as(OPEN).bind(now).fetch_all(connection).await)
}
