//! Table `maintenance_windows`.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{TeamId, WindowId},
    maintenance::MaintenanceWindow,
    matchers::Matchers,
    time::Timestamp,
    token_limits::TokenLimits,
};

/// What a window is read by.
macro_rules! columns {
    () => {
        "id, connection_id, tag, environment, starts_at, ends_at, rrule, time_zone, duration_minutes, opens_at, closes_at, reason, created_by, created_at"
    };
}

const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from maintenance_windows w where team_id = $1
    and ($3 is null or $3 like '%,' || w.environment || ',%' or exists
        (select 1 from service_connection_profiles p where p.id = w.connection_id and $3 like '%,' || p.environment || ',%'))
    order by closes_at desc, id desc limit $2"
);
const INSERT: &str = "insert into maintenance_windows (id, team_id, connection_id, tag, environment, starts_at, ends_at, rrule, time_zone,
        duration_minutes, recurs, opens_at, closes_at, reason, created_by, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
/// What is on ends now; what has been on before comes no more.
const END: &str = "update maintenance_windows set recurs = $4, opens_at = case when opens_at > $3 then $3 else opens_at end,
        closes_at = case when closes_at > $3 then $3 else closes_at end, ends_at = case when starts_at < $3 and ends_at > $3 then $3 else ends_at end
    where team_id = $1 and id = $2 and starts_at < $3 and (closes_at > $3 or recurs)";
const CANCEL: &str = "delete from maintenance_windows where team_id = $1 and id = $2 and starts_at >= $3";
const OPEN: &str = "select team_id, connection_id, tag, environment from maintenance_windows where opens_at <= $1 and closes_at > $1";
const OVER: &str = concat!("select ", columns!(), " from maintenance_windows where recurs and closes_at <= $1");
const MOVE_ON: &str = "update maintenance_windows set recurs = $3, opens_at = coalesce($4, opens_at), closes_at = coalesce($5, closes_at) where id = $1 and recurs and closes_at = $2";

/// What a window that is open is about, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OfTeam {
    pub team_id: TeamId,
    #[sqlx(flatten)]
    pub matchers: Matchers,
}

/// Those about a connection or an environment that `limits` cover, that which closes last first.
pub async fn latest(db: &TeamDb, limits: &TokenLimits, limit: i64) -> StoreResult<Vec<MaintenanceWindow>> {
    on_db!(db, |pool| sqlx::query_as(LATEST).bind(db.team()).bind(limit).bind(limits.environment_names()).fetch_all(pool).await)
}

pub async fn insert(tx: &mut TeamTx, window: &MaintenanceWindow) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(window.id)
        .bind(team)
        .bind(window.connection_id)
        .bind(&window.tag)
        .bind(window.environment)
        .bind(window.starts_at)
        .bind(window.ends_at)
        .bind(&window.rrule)
        .bind(&window.time_zone)
        .bind(window.duration_minutes)
        .bind(window.rrule.is_some())
        .bind(window.opens_at)
        .bind(window.closes_at)
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
        let ended = sqlx::query(END).bind(team).bind(id).bind(now).bind(false).execute(&mut *connection).await?.rows_affected();
        let cancelled = sqlx::query(CANCEL).bind(team).bind(id).bind(now).execute(connection).await?.rows_affected();
        Ok::<_, sqlx::Error>(ended + cancelled == 1)
    })
}

/// The windows of every team that are open at `now`.
pub async fn open(tx: &mut Tx, now: Timestamp) -> StoreResult<Vec<OfTeam>> {
    on_tx!(tx, |connection| sqlx::query_as(OPEN).bind(now).fetch_all(connection).await)
}

/// As [`open`], on its own.
pub async fn open_now(db: &Db, now: Timestamp) -> StoreResult<Vec<OfTeam>> {
    on_db!(db, |pool| sqlx::query_as(OPEN).bind(now).fetch_all(pool).await)
}

/// The windows of every team that come again, and whose last occurrence is over.
pub async fn over(db: &Db, now: Timestamp) -> StoreResult<Vec<MaintenanceWindow>> {
    on_db!(db, |pool| sqlx::query_as(OVER).bind(now).fetch_all(pool).await)
}

/// To the next occurrence, or none more. False when another node has done so.
pub async fn move_on(tx: &mut Tx, window: &MaintenanceWindow, next: Option<(Timestamp, Timestamp)>) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(MOVE_ON)
        .bind(window.id)
        .bind(window.closes_at)
        .bind(next.is_some())
        .bind(next.map(|(opens_at, _)| opens_at))
        .bind(next.map(|(_, closes_at)| closes_at))
        .execute(connection)
        .await
        .map(affected_one))
}
