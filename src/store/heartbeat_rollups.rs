//! Tables `heartbeat_hours` and `heartbeat_days`: slots counted, with a sketch of their latencies.

use super::{StoreResult, TeamDb, Tx};
use crate::{on_db, on_tx};
use domain::{
    heartbeat::{Slot, Span},
    latency::Latency,
};

macro_rules! texts {
    ($table:literal) => {
        Texts {
            put: concat!(
                "insert into ",
                $table,
                " (connection_key, slot, team_key, passed, failed, maintenance, missed, latency_sum, latency_min, latency_max, sketch)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                on conflict (connection_key, slot) do update set passed = excluded.passed, failed = excluded.failed,
                    maintenance = excluded.maintenance, missed = excluded.missed, latency_sum = excluded.latency_sum,
                    latency_min = excluded.latency_min, latency_max = excluded.latency_max, sketch = excluded.sketch"
            ),
            between: concat!(
                "select slot, passed, failed, maintenance, missed, latency_sum, latency_min, latency_max, sketch from ",
                $table,
                " where connection_key = $1 and slot >= $2 and slot < $3 order by slot"
            ),
            sums: concat!(
                "select cast(coalesce(sum(passed), 0) as bigint), cast(coalesce(sum(failed), 0) as bigint) from ",
                $table,
                " where connection_key = $1 and slot >= $2 and slot < $3"
            ),
            prune: concat!("delete from ", $table, " where connection_key = $1 and slot < $2"),
        }
    };
}

struct Texts {
    put: &'static str,
    between: &'static str,
    sums: &'static str,
    prune: &'static str,
}

const HOURS: Texts = texts!("heartbeat_hours");
const DAYS: Texts = texts!("heartbeat_days");

const fn texts(span: Span) -> Texts {
    match span {
        Span::Hour => HOURS,
        Span::Day => DAYS,
    }
}

/// An hour or a day of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Rollup {
    pub slot: Slot,
    pub passed: i64,
    pub failed: i64,
    pub maintenance: i64,
    pub missed: i64,
    /// Tenths of a millisecond, over what was tried.
    pub latency_sum: i64,
    pub latency_min: Option<Latency>,
    pub latency_max: Option<Latency>,
    pub sketch: Option<Vec<u8>>,
}

/// Writes it over whatever stood for that time.
pub async fn put(tx: &mut Tx, span: Span, key: i32, team_key: i32, rollup: &Rollup) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(texts(span).put)
        .bind(key)
        .bind(rollup.slot)
        .bind(team_key)
        .bind(rollup.passed)
        .bind(rollup.failed)
        .bind(rollup.maintenance)
        .bind(rollup.missed)
        .bind(rollup.latency_sum)
        .bind(rollup.latency_min)
        .bind(rollup.latency_max)
        .bind(rollup.sketch.as_deref())
        .execute(connection)
        .await
        .map(drop))
}

/// Those that begin from `from` until before `to`, the oldest first.
pub async fn between(db: &TeamDb, span: Span, key: i32, from: Slot, to: Slot) -> StoreResult<Vec<Rollup>> {
    on_db!(db, |pool| sqlx::query_as(texts(span).between).bind(key).bind(from).bind(to).fetch_all(pool).await)
}

/// As [`between`], seeing what this unit of work has written.
pub async fn between_in(tx: &mut Tx, span: Span, key: i32, from: Slot, to: Slot) -> StoreResult<Vec<Rollup>> {
    on_tx!(tx, |connection| sqlx::query_as(texts(span).between).bind(key).bind(from).bind(to).fetch_all(connection).await)
}

/// Passed and failed, of those that begin from `from` until before `to`.
pub async fn sums(db: &TeamDb, span: Span, key: i32, from: Slot, to: Slot) -> StoreResult<(i64, i64)> {
    on_db!(db, |pool| sqlx::query_as(texts(span).sums).bind(key).bind(from).bind(to).fetch_one(pool).await)
}

/// Removes what is older than `before`; answers how many.
pub async fn prune(tx: &mut Tx, span: Span, key: i32, before: Slot) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(texts(span).prune).bind(key).bind(before).execute(connection).await.map(|done| done.rows_affected()))
}
