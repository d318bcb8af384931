//! Table `service_connection_heartbeats`: every slot as it ended, for as long as raw history is kept.

use serde::{Serialize, Serializer};
use sqlx::types::Json;

use super::{StoreResult, TeamDb, Tx, bulk::Bulk};
use crate::{bulk, on_db, on_tx};
use domain::{
    heartbeat::{MissedReason, Outcome, Slot},
    ids::ProfileId,
    latency::Latency,
};

/// The clock may go back over a slot: the later look at the service counts.
const INSERT: Bulk = bulk!(
    "insert into service_connection_heartbeats (connection_key, slot, team_key, outcome, reason, latency, failure)
    select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), cast(r.value ->> 2 as bigint), cast(r.value ->> 3 as bigint),
        cast(r.value ->> 4 as bigint), cast(r.value ->> 5 as bigint), r.value ->> 6 from ",
    "where true on conflict (connection_key, slot) do update set outcome = excluded.outcome, reason = excluded.reason, latency = excluded.latency,
        failure = excluded.failure"
);
const BETWEEN: &str = "select slot, outcome, reason, latency from service_connection_heartbeats
    where connection_key = $1 and slot >= $2 and slot < $3 order by slot limit $4";
const FAILURES: &str = "select slot, failure from service_connection_heartbeats
    where connection_key = $1 and slot >= $2 and slot < $3 and failure is not null order by slot desc limit $4";
const ONE: &str = "select s.connection_id, h.slot, h.outcome, h.reason, h.latency, h.failure from service_connection_heartbeats h
    join connection_schedules s on s.key = h.connection_key where s.team_id = $1 and h.connection_key = $2 and h.slot = $3";
const FIRST_KNOWN: &str = "select (select min(slot) from service_connection_heartbeats where connection_key = $1),
    (select min(slot) from heartbeat_hours where connection_key = $1), (select min(slot) from heartbeat_days where connection_key = $1)";
const FIRST: &str = "select min(slot) from service_connection_heartbeats where connection_key = $1 and slot >= $2";
const PRUNE: &str = "delete from service_connection_heartbeats where connection_key = $1 and slot < $2";

/// One slot of one connection, to be written.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub key: i32,
    pub team_key: i32,
    pub slot: Slot,
    pub outcome: Outcome,
    pub reason: Option<MissedReason>,
    pub latency: Option<Latency>,
    /// What a failure showed, redacted.
    pub failure: Option<&'a str>,
}

impl Row<'_> {
    /// A slot that was not tried.
    pub const fn missed(key: i32, team_key: i32, slot: Slot, reason: MissedReason) -> Self {
        Self { key, team_key, slot, outcome: Outcome::Missed, reason: Some(reason), latency: None, failure: None }
    }
}

/// In the order in which the statement that inserts reads it.
impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { key, team_key, slot, outcome, reason, latency, failure } = self;
        (key, slot.0, team_key, *outcome as i16, reason.map(|reason| reason as i16), latency, failure).serialize(serializer)
    }
}

/// A slot as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SlotRow {
    pub slot: Slot,
    pub outcome: Outcome,
    pub reason: Option<MissedReason>,
    pub latency: Option<Latency>,
}

/// One slot, with whose it is and what a failure showed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SlotOfConnection {
    pub connection_id: ProfileId,
    #[sqlx(flatten)]
    pub kept: SlotRow,
    pub failure: Option<String>,
}

pub async fn one(db: &TeamDb, key: i32, slot: Slot) -> StoreResult<Option<SlotOfConnection>> {
    on_db!(db, |pool| sqlx::query_as(ONE).bind(db.team()).bind(key).bind(slot).fetch_optional(pool).await)
}

pub async fn insert(tx: &mut Tx, rows: &[Row<'_>]) -> StoreResult<()> {
    let sql = INSERT.on(tx);
    on_tx!(tx, |connection| sqlx::query(sql).bind(Json(rows)).execute(connection).await.map(drop))
}

/// From `from` until before `to`, the oldest first.
pub async fn between(db: &TeamDb, key: i32, from: Slot, to: Slot, limit: i64) -> StoreResult<Vec<SlotRow>> {
    on_db!(db, |pool| sqlx::query_as(BETWEEN).bind(key).bind(from).bind(to).bind(limit).fetch_all(pool).await)
}

/// What the slots from `from` until before `to` showed that failed; the newest `limit` of them.
pub async fn failures(db: &TeamDb, key: i32, from: Slot, to: Slot, limit: i64) -> StoreResult<Vec<(Slot, String)>> {
    on_db!(db, |pool| sqlx::query_as(FAILURES).bind(key).bind(from).bind(to).bind(limit).fetch_all(pool).await)
}

/// The first slot that anything is known of, to the hour or day where only those are kept.
pub async fn first_known(db: &TeamDb, key: i32) -> StoreResult<Option<Slot>> {
    let (slot, hour, day): (Option<Slot>, Option<Slot>, Option<Slot>) = on_db!(db, |pool| sqlx::query_as(FIRST_KNOWN).bind(key).fetch_one(pool).await)?;
    // An hour or day says more only where what it was made of is kept no more.
    let earlier = |known: Option<Slot>, coarse: Option<Slot>, seconds| match (known, coarse) {
        (Some(known), Some(coarse)) if coarse < known.floor(seconds) => Some(coarse),
        (None, coarse) => coarse,
        (known, _) => known,
    };
    Ok(earlier(earlier(slot, hour, 3_600), day, 86_400))
}

/// As [`between`], seeing what this unit of work has written.
pub async fn between_in(tx: &mut Tx, key: i32, from: Slot, to: Slot) -> StoreResult<Vec<SlotRow>> {
    on_tx!(tx, |connection| sqlx::query_as(BETWEEN).bind(key).bind(from).bind(to).bind(i64::MAX).fetch_all(connection).await)
}

/// The first slot that is kept at or after `from`.
pub async fn first(tx: &mut Tx, key: i32, from: Slot) -> StoreResult<Option<Slot>> {
    on_tx!(tx, |connection| sqlx::query_scalar(FIRST).bind(key).bind(from).fetch_one(connection).await)
}

/// Removes what is older than `before`; answers how many.
pub async fn prune(tx: &mut Tx, key: i32, before: Slot) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(PRUNE).bind(key).bind(before).execute(connection).await.map(|done| done.rows_affected()))
}
