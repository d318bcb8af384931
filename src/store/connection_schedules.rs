//! Table `connection_schedules`: when each connection is due, and which node works on it. Claims are in [`claim`].

use sqlx::Row;

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, bulk::Bulk, db::Reader, row_level_security::Rights};
use crate::{bulk, on_db, on_tx};
use domain::{heartbeat::Slot, ids::ProfileId};

/// What a schedule is read by.
macro_rules! columns {
    () => {
        "key, connection_id, team_key, is_active, interval_seconds, begins_at, next_slot, token, hours_until, days_until"
    };
}

pub mod claim;
pub mod upkeep;

const ENSURE_TEAM: &str = "insert into team_keys (team_id) values ($1) on conflict (team_id) do nothing";
const BEGIN: &str = "insert into connection_schedules
    (connection_id, team_id, team_key, is_active, interval_seconds, begins_at, next_slot, token, hours_until, days_until, refresh_at)
    select $2, $1, key, true, $3, $4, $4, 0, $5, $6, $7 from team_keys where team_id = $1
    on conflict (connection_id) do update set is_active = true, interval_seconds = excluded.interval_seconds,
        begins_at = excluded.begins_at, next_slot = excluded.next_slot, node_id = null, token = connection_schedules.token + 1";
const BEGIN_SNAPSHOT: &str = "insert into service_health_snapshots
    (connection_key, connection_id, team_id, status, consecutive_failures, consecutive_passes, recent, recent_count, passed_24h, failed_24h)
    select key, connection_id, team_id, 'unknown', 0, 0, 0, 0, 0, 0 from connection_schedules where connection_id = $1
    on conflict (connection_key) do nothing";
const OF_CONNECTION: &str = concat!("select ", columns!(), " from connection_schedules where team_id = $1 and connection_id = $2");
const LOCK_POSTGRES: &str = concat!("select ", columns!(), " from connection_schedules where team_id = $1 and connection_id = $2 for update");
const END: &str = "update connection_schedules set is_active = false, next_slot = $3, node_id = null, token = token + 1
    where team_id = $1 and key = $2";
const MOVE: &str = "update connection_schedules set interval_seconds = $3, begins_at = $4, next_slot = $4, node_id = null, token = token + 1
    where team_id = $1 and key = $2";
const REWIND: &str = "update connection_schedules set begins_at = $1 + (next_slot - $1) % interval_seconds,
    next_slot = $1 + (next_slot - $1) % interval_seconds, refresh_at = $1, node_id = null, token = token + 1
    where is_active and next_slot > $1 + interval_seconds + 1";
const FINISH: Bulk = bulk!(
    "update connection_schedules set next_slot = cast(r.value ->> 2 as bigint), begins_at = cast(r.value ->> 3 as bigint), node_id = null,
        hours_until = case when hours_until > cast(r.value ->> 4 as bigint) then cast(r.value ->> 4 as bigint) else hours_until end
    from ",
    "where connection_schedules.key = cast(r.value ->> 0 as bigint) and token = cast(r.value ->> 1 as bigint)"
);
const OLDEST_DUE: &str = "select min(next_slot) from connection_schedules where is_active";

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Schedule {
    pub key: i32,
    pub connection_id: ProfileId,
    pub team_key: i32,
    pub is_active: bool,
    pub interval_seconds: i32,
    pub begins_at: Slot,
    pub next_slot: Slot,
    pub token: i64,
    pub hours_until: Slot,
    pub days_until: Slot,
}

/// Seconds until the first percentile: of a few heartbeats it would say nothing.
const FIRST_REFRESH: i64 = 300;

/// What becomes of a claimed schedule.
pub struct Finish {
    pub key: i32,
    pub token: i64,
    pub next: Slot,
    /// Of the stretch without holes.
    pub begins_at: Slot,
    /// The oldest hour in which a slot was written.
    pub hour: Slot,
}

/// Watches a connection from `first` on. Whoever worked on it before is refused.
pub async fn begin(tx: &mut TeamTx, connection: ProfileId, interval_seconds: i64, first: Slot) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |database| {
        sqlx::query(ENSURE_TEAM).bind(team).execute(&mut *database).await?;
        let begin = sqlx::query(BEGIN).bind(team).bind(connection).bind(interval_seconds).bind(first);
        begin.bind(first.floor(3_600)).bind(first.floor(86_400)).bind(first.plus(FIRST_REFRESH)).execute(&mut *database).await?;
        sqlx::query(BEGIN_SNAPSHOT).bind(connection).execute(database).await.map(drop)
    })
}

/// Locked, so that no slot is written meanwhile.
pub async fn of_connection(tx: &mut TeamTx, connection: ProfileId) -> StoreResult<Option<Schedule>> {
    let team = tx.team();
    let sql = if tx.is_embedded() { OF_CONNECTION } else { LOCK_POSTGRES };
    on_tx!(tx, |database| sqlx::query_as(sql).bind(team).bind(connection).fetch_optional(database).await)
}

pub async fn get(db: &TeamDb, connection: ProfileId) -> StoreResult<Option<Schedule>> {
    on_db!(db, |pool| sqlx::query_as(OF_CONNECTION).bind(db.team()).bind(connection).fetch_optional(pool).await)
}

/// Stops watching; every slot before `next` has its row.
pub async fn end(tx: &mut TeamTx, key: i32, next: Slot) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |database| sqlx::query(END).bind(team).bind(key).bind(next).execute(database).await.map(drop))
}

/// Goes on with another interval from `next`.
pub async fn move_to(tx: &mut TeamTx, key: i32, interval_seconds: i64, next: Slot) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |database| sqlx::query(MOVE).bind(team).bind(key).bind(interval_seconds).bind(next).execute(database).await.map(drop))
}

/// After the clock went back: schedules that lie further ahead than their interval come back onto `now`, on their own grid.
pub async fn rewind_schedules(tx: &mut Tx, now: Slot) -> StoreResult<u64> {
    on_tx!(tx, |database| sqlx::query(REWIND).bind(now).execute(database).await.map(|done| done.rows_affected()))
}

/// Moves claimed schedules on and frees them, as far as they are still held under their token.
pub async fn finish(tx: &mut Tx, finished: &[Finish]) -> StoreResult<()> {
    let sql = FINISH.on(tx);
    let rows: Vec<_> = finished.iter().map(|one| (one.key, one.token, one.next.0, one.begins_at.0, one.hour.0)).collect();
    on_tx!(tx, |database| sqlx::query(sql).bind(sqlx::types::Json(rows)).execute(database).await.map(drop))
}

/// When something is due next, if anything is watched at all.
pub async fn oldest_due(db: &Db) -> StoreResult<Option<Slot>> {
    match &db.reader {
        Reader::Sqlite(_) => on_db!(db, |pool| sqlx::query_scalar(OLDEST_DUE).fetch_one(pool).await),
        Reader::Postgres(pool) => Ok(sqlx::raw_sql(Rights::Spanning.alone(&db.search_path, OLDEST_DUE)).fetch_one(pool).await?.try_get(0)?),
    }
}
