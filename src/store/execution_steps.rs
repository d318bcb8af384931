//! Table `execution_steps`. Whoever writes a step holds the row of its execution.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    ids::{ExecutionId, RunId},
    runbook::{
        RunbookStep,
        execution::{ExecutionStep, Outcome},
    },
    time::Timestamp,
};

const OF: &str = "select n, step, outcome, by, begun_at, at, note, found, correlation_id, run_id from execution_steps
    where team_id = $1 and execution_id = $2 order by n";
const WENT_UNDER: &str = "select exists (select 1 from execution_steps where team_id = $1 and correlation_id = $2)";
const INSERT: &str = "insert into execution_steps (execution_id, n, team_id, step, outcome) values ($1, $2, $3, $4, 'pending')";
const UPDATE: &str = "update execution_steps set outcome = $4, by = $5, begun_at = $6, at = $7, note = $8, found = $9, correlation_id = $10, run_id = $11
    where team_id = $1 and execution_id = $2 and n = $3";

#[derive(sqlx::FromRow)]
struct Row {
    n: i32,
    #[sqlx(json)]
    step: RunbookStep,
    outcome: Outcome,
    by: Option<String>,
    begun_at: Option<Timestamp>,
    at: Option<Timestamp>,
    note: Option<String>,
    found: Option<String>,
    correlation_id: Option<CorrelationId>,
    run_id: Option<RunId>,
}

impl From<Row> for ExecutionStep {
    fn from(row: Row) -> Self {
        let Row { n, step, outcome, by, begun_at, at, note, found, correlation_id, run_id } = row;
        Self { n, step, outcome, by, begun_at, at, note, found, correlation_id, run_id }
    }
}

/// In their order.
pub async fn of(db: &TeamDb, execution: ExecutionId) -> StoreResult<Vec<ExecutionStep>> {
    let rows: Vec<Row> = on_db!(db, |pool| sqlx::query_as(OF).bind(db.team()).bind(execution).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// As [`of`], seeing what this unit of work has written.
pub async fn of_in(tx: &mut TeamTx, execution: ExecutionId) -> StoreResult<Vec<ExecutionStep>> {
    let team = tx.team();
    let rows: Vec<Row> = on_tx!(tx, |connection| sqlx::query_as(OF).bind(team).bind(execution).fetch_all(connection).await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Whether what went under this ID was a step.
pub async fn went_under(tx: &mut TeamTx, id: &CorrelationId) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(WENT_UNDER).bind(team).bind(id).fetch_one(connection).await)
}

pub async fn insert(tx: &mut TeamTx, execution: ExecutionId, step: &ExecutionStep) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT).bind(execution).bind(step.n).bind(team).bind(Json(&step.step)).execute(connection).await.map(drop))
}

/// Writes all but what the step is.
pub async fn update(tx: &mut TeamTx, execution: ExecutionId, step: &ExecutionStep) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team)
        .bind(execution)
        .bind(step.n)
        .bind(step.outcome)
        .bind(&step.by)
        .bind(step.begun_at)
        .bind(step.at)
        .bind(&step.note)
        .bind(&step.found)
        .bind(&step.correlation_id)
        .bind(step.run_id)
        .execute(connection)
        .await
        .map(drop))
}
