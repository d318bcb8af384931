//! What rollups and retention have left to do, connection by connection.

use super::Schedule;
use crate::{Db, StoreResult, Tx, on_db, on_tx};
use domain::heartbeat::Slot;

const CLOSED_SQLITE: &str = concat!("select ", columns!(), " from connection_schedules where hours_until + 3600 <= next_slot order by key limit $1");
const CLOSED_POSTGRES: &str =
    concat!("select ", columns!(), " from connection_schedules where hours_until + 3600 <= next_slot order by key limit $1 for update skip locked");
const ROLLED_UP: &str = "update connection_schedules set hours_until = $2, days_until = $3 where key = $1";
const TO_REFRESH_SQLITE: &str = concat!("select ", columns!(), " from connection_schedules where is_active and refresh_at <= $1 order by refresh_at limit $2");
const TO_REFRESH_POSTGRES: &str =
    concat!("select ", columns!(), " from connection_schedules where is_active and refresh_at <= $1 order by refresh_at limit $2 for update skip locked");
const REFRESHED: &str = "update connection_schedules set refresh_at = $2 where key = $1";
const AFTER: &str = concat!("select ", columns!(), " from connection_schedules where key > $1 order by key limit $2");

/// How far a connection has been rolled up.
#[derive(Clone, Copy, Debug)]
pub struct RolledUp {
    pub key: i32,
    pub hours_until: Slot,
    pub days_until: Slot,
}

/// Connections with an hour in which every slot has its row, locked.
pub async fn with_closed_hours(tx: &mut Tx, limit: i64) -> StoreResult<Vec<Schedule>> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { CLOSED_SQLITE } else { CLOSED_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(limit).fetch_all(connection).await)
}

pub async fn rolled_up(tx: &mut Tx, to: RolledUp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(ROLLED_UP).bind(to.key).bind(to.hours_until).bind(to.days_until).execute(connection).await.map(drop))
}

/// Active connections whose figures of 24 hours are to be brought up to date, locked.
pub async fn to_refresh(tx: &mut Tx, now: Slot, limit: i64) -> StoreResult<Vec<Schedule>> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { TO_REFRESH_SQLITE } else { TO_REFRESH_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(now).bind(limit).fetch_all(connection).await)
}

pub async fn refreshed(tx: &mut Tx, key: i32, next: Slot) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(REFRESHED).bind(key).bind(next).execute(connection).await.map(drop))
}

/// Every schedule in turn, in the order of their keys.
pub async fn after(db: &Db, key: i32, limit: i64) -> StoreResult<Vec<Schedule>> {
    on_db!(db, |pool| sqlx::query_as(AFTER).bind(key).bind(limit).fetch_all(pool).await)
}
