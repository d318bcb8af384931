//! Table `diagnostic_test_runs`.
//!
//! A run changes only while it is queued or running: whoever ends it first has the last word.

use std::cmp::Reverse;

use sqlx::types::Json;

use super::{Db, StoreResult, TeamDb, TeamTx, affected_one, like_pattern};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    diagnostic::{DiagnosticTestRun, RunFilter, RunStatus, Verdict},
    folding::fold,
    ids::{RunId, TeamId},
    time::Timestamp,
    token_limits::TokenLimits,
    verification::StepOutcome,
};

/// What a run is read by.
macro_rules! columns {
    () => {
        "id, status, verdict, requested_by, environment, release, connection_ids, scenarios, planned, requested_at, started_at,
        finished_at, note, evidence_lost, correlation_id, counts"
    };
}

macro_rules! matching {
    ($select:expr, $rest:literal) => {
        concat!(
            "select ",
            $select,
            " from diagnostic_test_runs r where team_id = $1 and ($2 is null or environment = $2) and ($3 is null or status = $3)
            and ($4 is null or exists (select 1 from diagnostic_results d where d.run_id = r.id and d.connection_id = $4))",
            $rest
        )
    };
}

const GET: &str = concat!("select ", columns!(), " from diagnostic_test_runs where team_id = $1 and id = $2");
const LATEST: &str = matching!(
    columns!(),
    " and ($5 is null or (requested_at, id) < ($5, $6)) and ($8 is null or $8 like '%,' || environment || ',%')
    order by requested_at desc, id desc limit $7"
);
const PAGE: &str = matching!(columns!(), " order by requested_at desc, id desc limit $5 offset $6");
const COUNTS_OF_PAGE: &str = concat!(
    "select run_id, outcome, count(*) as times, max(connection_name) as connection_name from diagnostic_results where run_id in (",
    matching!("id", " order by requested_at desc, id desc limit $5 offset $6"),
    ") group by run_id, outcome"
);
const FOUND: &str = concat!(
    "select ",
    columns!(),
    " from diagnostic_test_runs
    where team_id = $1 and (correlation_id = $2 or lower(release) like $3 escape '\\') order by requested_at desc, id desc limit $4"
);
const RELEASES: &str =
    concat!("select ", columns!(), " from diagnostic_test_runs where team_id = $1 and release is not null order by requested_at desc, id desc limit $2");
/// Those that were asked for under a correlation ID, or tried a connection under it.
const UNDER: &str = concat!(
    "select ",
    columns!(),
    " from diagnostic_test_runs where team_id = $1 and (correlation_id = $2
    or id in (select run_id from diagnostic_results where team_id = $1 and correlation_id = $2)) order by requested_at, id limit $3"
);
const COUNT: &str = matching!("count(*)", "");
const INSERT: &str = "insert into diagnostic_test_runs
    (id, team_id, status, requested_by, environment, release, connection_ids, scenarios, planned, requested_at, correlation_id, seen_at)
    values ($1, $2, 'queued', $3, $4, $5, $6, $7, $8, $9, $10, $9)";
const BEGIN: &str = "update diagnostic_test_runs set status = 'running', started_at = $3, seen_at = $3 where team_id = $1 and id = $2 and status = 'queued'";
const TOUCH: &str = "update diagnostic_test_runs set seen_at = $3 where team_id = $1 and id = $2 and status in ('queued', 'running')";
const LOSE_EVIDENCE: &str = "update diagnostic_test_runs set evidence_lost = coalesce(evidence_lost, $3) where team_id = $1 and id = $2 and status = 'running'";
const FINISH: &str = "update diagnostic_test_runs set status = $3, verdict = $4, note = $5, finished_at = $6
    where team_id = $1 and id = $2 and status in ('queued', 'running')";
const ABANDONED: &str = "select team_id, id from diagnostic_test_runs where status in ('queued', 'running') and seen_at <= $1 order by seen_at limit 100";

/// Runs whose releases are read for a word that is searched for: only the newest, because a database folds letters otherwise than we do.
const READ: i64 = 1_000;

pub async fn get(db: &TeamDb, id: RunId) -> StoreResult<Option<DiagnosticTestRun>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// Those that were asked for under a correlation ID, or tried a connection under it, the oldest first; without results.
pub async fn under(db: &TeamDb, id: &CorrelationId, limit: i64) -> StoreResult<Vec<DiagnosticTestRun>> {
    on_db!(db, |pool| sqlx::query_as(UNDER).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)
}

/// As [`get`], seeing what this unit of work has written.
pub async fn get_in(tx: &mut TeamTx, id: RunId) -> StoreResult<Option<DiagnosticTestRun>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// The newest first of those that `limits` cover, beginning after the run of that moment and id.
pub async fn latest(
    db: &TeamDb,
    limits: &TokenLimits,
    filter: &RunFilter,
    after: Option<(Timestamp, RunId)>,
    limit: i64,
) -> StoreResult<Vec<DiagnosticTestRun>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(filter.environment)
        .bind(filter.status)
        .bind(filter.connection)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .bind(limits.environment_names())
        .fetch_all(pool)
        .await)
}

/// The newest first.
pub async fn page(db: &TeamDb, filter: &RunFilter, limit: i64, offset: i64) -> StoreResult<Vec<DiagnosticTestRun>> {
    on_db!(db, |pool| sqlx::query_as(PAGE)
        .bind(db.team())
        .bind(filter.environment)
        .bind(filter.status)
        .bind(filter.connection)
        .bind(limit)
        .bind(offset)
        .fetch_all(pool)
        .await)
}

/// How many results of each outcome the runs of a [`page`] have, and the name of a connection among them.
pub async fn counts_of_page(db: &TeamDb, filter: &RunFilter, limit: i64, offset: i64) -> StoreResult<Vec<(RunId, StepOutcome, i64, String)>> {
    on_db!(db, |pool| sqlx::query_as(COUNTS_OF_PAGE)
        .bind(db.team())
        .bind(filter.environment)
        .bind(filter.status)
        .bind(filter.connection)
        .bind(limit)
        .bind(offset)
        .fetch_all(pool)
        .await)
}

/// Those with `q` in the name of their release, or as their correlation ID; the newest first.
pub async fn found(db: &TeamDb, q: &str, limit: i64) -> StoreResult<Vec<DiagnosticTestRun>> {
    let mut found: Vec<DiagnosticTestRun> =
        on_db!(db, |pool| sqlx::query_as(FOUND).bind(db.team()).bind(q).bind(like_pattern(q)).bind(limit).fetch_all(pool).await)?;
    let newest: Vec<DiagnosticTestRun> = on_db!(db, |pool| sqlx::query_as(RELEASES).bind(db.team()).bind(READ).fetch_all(pool).await)?;
    let q = fold(q);
    found.extend(newest.into_iter().filter(|run| run.release.as_deref().is_some_and(|release| fold(release).contains(&q))));
    found.sort_by_key(|run| Reverse((run.requested_at, run.id.as_uuid())));
    found.dedup_by_key(|run| run.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

pub async fn count(db: &TeamDb, filter: &RunFilter) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(COUNT).bind(db.team()).bind(filter.environment).bind(filter.status).bind(filter.connection).fetch_one(pool).await)
}

pub async fn insert(tx: &mut TeamTx, run: &DiagnosticTestRun) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(run.id)
        .bind(team)
        .bind(&run.requested_by)
        .bind(run.environment)
        .bind(&run.release)
        .bind(Json(&run.connection_ids))
        .bind(run.scenarios.as_ref().map(Json))
        .bind(run.planned)
        .bind(run.requested_at)
        .bind(&run.correlation_id)
        .execute(connection)
        .await
        .map(drop))
}

/// Its turn has come. False when it was ended while it waited.
pub async fn begin(tx: &mut TeamTx, id: RunId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(BEGIN).bind(team).bind(id).bind(now).execute(connection).await.map(affected_one))
}

/// Says that its process is alive, and holds the row until the unit of work ends. False when the run has ended.
pub async fn touch(tx: &mut TeamTx, id: RunId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(TOUCH).bind(team).bind(id).bind(now).execute(connection).await.map(affected_one))
}

/// Notes why evidence is missing; the first reason stays.
pub async fn lose_evidence(tx: &mut TeamTx, id: RunId, why: &str) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(LOSE_EVIDENCE).bind(team).bind(id).bind(why).execute(connection).await.map(drop))
}

/// False when it had ended already: the first end stays.
pub async fn finish(tx: &mut TeamTx, id: RunId, status: RunStatus, verdict: Verdict, note: Option<&str>, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(FINISH).bind(team).bind(id).bind(status).bind(verdict).bind(note).bind(now).execute(connection).await.map(affected_one))
}

/// At most 100 runs, of every team, whose process was not heard of since `silent_since`.
pub async fn abandoned(db: &Db, silent_since: Timestamp) -> StoreResult<Vec<(TeamId, RunId)>> {
    on_db!(db, |pool| sqlx::query_as(ABANDONED).bind(silent_since).fetch_all(pool).await)
}
