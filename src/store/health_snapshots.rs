//! Table `service_health_snapshots`: a connection's status, streak and uptime as of now, kept in the transaction of its heartbeat.

use std::collections::HashMap;

use serde::Deserialize;
use sqlx::types::Json;

use super::{StoreResult, TeamTx, Tx, bulk::Bulk};
use crate::{bulk, on_tx};
use domain::{
    health::{HealthSnapshot, HealthStatus},
    heartbeat::Slot,
    ids::IncidentId,
    latency::Latency,
};

/// The fields of [`Row`], but for the last.
macro_rules! columns {
    () => {
        "s.connection_key, s.status, s.consecutive_failures, s.consecutive_passes, s.recent, s.recent_count, s.first_failed, s.last_slot,
        s.last_latency, s.last_failure"
    };
}

pub mod list;
pub mod recent;
pub mod table;

macro_rules! held {
    ($rows:literal) => {
        concat!(
            "select ",
            columns!(),
            ", s.open_incident_id, c.token from ",
            $rows,
            " r join connection_schedules c on c.key = cast(r.value ->> 0 as bigint) and c.token = cast(r.value ->> 1 as bigint)
            join service_health_snapshots s on s.connection_key = c.key"
        )
    };
}

/// As one value: each row on its own would wake its reader.
const HELD: Bulk = Bulk {
    sqlite: concat!(
        "select json_group_array(json_array(s.token, json_array(",
        columns!(),
        ", case when s.open_incident_id is not null then hex(s.open_incident_id) end))) from (",
        held!("json_each($1)"),
        ") s"
    ),
    postgres: concat!(
        "select coalesce(json_agg(json_build_array(s.token, json_build_array(",
        columns!(),
        ", s.open_incident_id))), '[]') from (",
        held!("jsonb_array_elements($1)"),
        " for update of s, c) s"
    ),
};
const LOCK_POSTGRES: &str = "select from service_health_snapshots where connection_key = any($1) for update";
const UPDATE: Bulk = bulk!(
    "update service_health_snapshots set status = r.value ->> 1,
        consecutive_failures = cast(r.value ->> 2 as bigint), consecutive_passes = cast(r.value ->> 3 as bigint),
        recent = cast(r.value ->> 4 as bigint), recent_count = cast(r.value ->> 5 as bigint),
        first_failed = cast(r.value ->> 6 as bigint), last_slot = cast(r.value ->> 7 as bigint), last_latency = cast(r.value ->> 8 as bigint),
        last_failure = coalesce(r.value ->> 9, last_failure),
        passed_24h = passed_24h + cast(r.value ->> 10 as bigint), failed_24h = failed_24h + cast(r.value ->> 11 as bigint)
    from ",
    "where connection_key = cast(r.value ->> 0 as bigint)"
);
const ATTACH: &str = "update service_health_snapshots set open_incident_id = $2 where connection_key = $1";
/// A person's word that it is over: new failures are counted from nothing. What was tried stays to be seen.
const DETACH: &str = "update service_health_snapshots set open_incident_id = null, recent_count = 0, first_failed = null,
    status = case when status = 'incident' then 'degraded' else status end
    where team_id = $1 and open_incident_id = $2";
const REFRESH: &str = "update service_health_snapshots set passed_24h = $2, failed_24h = $3, p95_latency = $4 where connection_key = $1";

#[derive(Deserialize, sqlx::FromRow)]
struct Row {
    connection_key: i32,
    status: HealthStatus,
    consecutive_failures: i64,
    consecutive_passes: i64,
    recent: i64,
    recent_count: i64,
    first_failed: Option<Slot>,
    last_slot: Option<Slot>,
    last_latency: Option<Latency>,
    last_failure: Option<String>,
    open_incident_id: Option<IncidentId>,
}

impl From<Row> for (i32, HealthSnapshot) {
    fn from(row: Row) -> Self {
        let count = |number: i64| u32::try_from(number).unwrap_or_default();
        let snapshot = HealthSnapshot {
            status: row.status,
            consecutive_failures: count(row.consecutive_failures),
            consecutive_passes: count(row.consecutive_passes),
            recent: count(row.recent),
            recent_count: count(row.recent_count),
            first_failed: row.first_failed,
            last_slot: row.last_slot,
            last_latency: row.last_latency,
            last_failure: row.last_failure,
            open_incident_id: row.open_incident_id,
        };
        (row.connection_key, snapshot)
    }
}

/// What changes with one heartbeat.
pub struct Update {
    pub key: i32,
    pub snapshot: HealthSnapshot,
    /// What a failure showed; absent, the one before it stands.
    pub failure: Option<String>,
    pub passed: bool,
    pub failed: bool,
}

/// The snapshots of those connections that are still held under the token beside their key, by both; locked until the unit of work ends.
pub async fn held(tx: &mut Tx, claims: &[(i32, i64)]) -> StoreResult<HashMap<(i32, i64), HealthSnapshot>> {
    let sql = HELD.on(tx);
    let Json(rows): Json<Vec<(i64, Row)>> = on_tx!(tx, |connection| sqlx::query_scalar(sql).bind(Json(claims)).fetch_one(connection).await)?;
    let by_claim = |(token, row): (i64, Row)| {
        let (key, snapshot) = row.into();
        ((key, token), snapshot)
    };
    Ok(rows.into_iter().map(by_claim).collect())
}

/// Locks these against whoever writes heartbeats. On SQLite a unit of work locks everything.
pub async fn lock(tx: &mut Tx, keys: &[i32]) -> StoreResult<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Postgres(transaction) => Ok(sqlx::query(LOCK_POSTGRES).bind(keys).execute(transaction.connection()?).await.map(drop)?),
    }
}

pub async fn update(tx: &mut Tx, updates: &[Update]) -> StoreResult<()> {
    let sql = UPDATE.on(tx);
    let row = |update: &Update| {
        let Update { key, snapshot, failure, passed, failed } = update;
        serde_json::json!([
            key,
            snapshot.status,
            snapshot.consecutive_failures,
            snapshot.consecutive_passes,
            snapshot.recent,
            snapshot.recent_count,
            snapshot.first_failed.map(|slot| slot.0),
            snapshot.last_slot.map(|slot| slot.0),
            snapshot.last_latency,
            failure,
            i64::from(*passed),
            i64::from(*failed),
        ])
    };
    let rows: Vec<_> = updates.iter().map(row).collect();
    on_tx!(tx, |connection| sqlx::query(sql).bind(Json(&rows)).execute(connection).await.map(drop))
}

/// Names the incident that is open, or none.
pub async fn attach(tx: &mut Tx, key: i32, incident: Option<IncidentId>) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(ATTACH).bind(key).bind(incident).execute(connection).await.map(drop))
}

/// A person resolved the incident.
pub async fn detach(tx: &mut TeamTx, incident: IncidentId) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(DETACH).bind(team).bind(incident).execute(connection).await.map(drop))
}

/// Counts of the last 24 hours and their 95th percentile.
pub async fn refresh(tx: &mut Tx, key: i32, passed: i64, failed: i64, p95_latency: Option<Latency>) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(REFRESH).bind(key).bind(passed).bind(failed).bind(p95_latency).execute(connection).await.map(drop))
}
