//! Table `diagnostic_results`: one row a connection and scenario of a run.

use super::{StoreResult, TeamDb, TeamTx};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    diagnostic::DiagnosticResult,
    ids::{ProfileId, RunId},
    verification::StepOutcome,
};

/// What a result is read by.
macro_rules! columns {
    () => {
        "connection_id, connection_name, scenario, title, outcome, blocking, latency_ms, found, why, remediation, cause, correlation_id,
        finished_at"
    };
}

const OF_RUN: &str = concat!(
    "select ",
    columns!(),
    " from diagnostic_results where team_id = $1 and run_id = $2
    order by connection_position, connection_id, scenario_position"
);
/// Of the runs from one id to another, so that a page of runs needs one query.
const COUNTS: &str = "select run_id, outcome, count(*) as times from diagnostic_results
    where team_id = $1 and run_id between $2 and $3 group by run_id, outcome";
const COUNTS_OF_CONNECTION: &str = "select outcome, count(*) as times from diagnostic_results
    where team_id = $1 and run_id = $2 and connection_id = $3 group by outcome";
const NEWEST: &str = concat!(
    "select ",
    columns!(),
    " from diagnostic_results where team_id = $1 and run_id = $2
    order by case outcome when 'failed' then 0 else 1 end, finished_at desc, connection_position, scenario_position desc limit $3"
);
const UNDER: &str = concat!(
    "select ",
    columns!(),
    " from diagnostic_results where team_id = $1 and correlation_id = $2
    order by finished_at, scenario_position limit $3"
);
const INSERT: &str = "insert into diagnostic_results
    (team_id, run_id, connection_id, scenario, connection_position, scenario_position, connection_name, title, outcome, blocking,
     latency_ms, found, why, remediation, cause, correlation_id, finished_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

/// Where a result stands in its run: the connection's place, and the scenario's among those of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    pub connection: i64,
    pub scenario: i64,
}

/// In order; without the ids of their evidence.
pub async fn of_run(db: &TeamDb, run: RunId) -> StoreResult<Vec<DiagnosticResult>> {
    on_db!(db, |pool| sqlx::query_as(OF_RUN).bind(db.team()).bind(run).fetch_all(pool).await)
}

/// As [`of_run`], seeing what this unit of work has written.
pub async fn of_run_in(tx: &mut TeamTx, run: RunId) -> StoreResult<Vec<DiagnosticResult>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(OF_RUN).bind(team).bind(run).fetch_all(connection).await)
}

/// How many results of each outcome the runs with ids from `first` to `last` have.
pub async fn counts(db: &TeamDb, first: RunId, last: RunId) -> StoreResult<Vec<(RunId, StepOutcome, i64)>> {
    on_db!(db, |pool| sqlx::query_as(COUNTS).bind(db.team()).bind(first).bind(last).fetch_all(pool).await)
}

/// How many results of each outcome one connection has in a run.
pub async fn counts_of_connection(db: &TeamDb, run: RunId, connection: ProfileId) -> StoreResult<Vec<(StepOutcome, i64)>> {
    on_db!(db, |pool| sqlx::query_as(COUNTS_OF_CONNECTION).bind(db.team()).bind(run).bind(connection).fetch_all(pool).await)
}

/// Those that failed, then the newest; without the ids of their evidence.
pub async fn newest(db: &TeamDb, run: RunId, limit: i64) -> StoreResult<Vec<DiagnosticResult>> {
    on_db!(db, |pool| sqlx::query_as(NEWEST).bind(db.team()).bind(run).bind(limit).fetch_all(pool).await)
}

/// Of the one connection that was tried under a correlation ID, in order; without the ids of their evidence.
pub async fn under(db: &TeamDb, id: &CorrelationId, limit: i64) -> StoreResult<Vec<DiagnosticResult>> {
    on_db!(db, |pool| sqlx::query_as(UNDER).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)
}

pub async fn insert(tx: &mut TeamTx, run: RunId, position: Position, result: &DiagnosticResult) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(team)
        .bind(run)
        .bind(result.connection_id)
        .bind(&result.scenario)
        .bind(position.connection)
        .bind(position.scenario)
        .bind(&result.connection_name)
        .bind(&result.title)
        .bind(result.outcome)
        .bind(result.blocking)
        .bind(result.latency_ms)
        .bind(&result.found)
        .bind(&result.why)
        .bind(&result.remediation)
        .bind(&result.cause)
        .bind(&result.correlation_id)
        .bind(result.finished_at)
        .execute(connection)
        .await
        .map(drop))
}
