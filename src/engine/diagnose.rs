//! Runs the full set of scenarios over connections, keeps evidence, and gives the verdict a release obeys.
//!
//! A run lives in rows: any node shows its progress, whichever works on it. Whoever ends it first has the last word, so
//! neither a cancelled run nor one whose process is gone can end as passed.

use std::{collections::BTreeMap, time::Duration};

use tracing::Instrument;

use super::{Console, OpsError, Scope, cursor};
use domain::{
    audit::{AuditAct, Subject},
    correlation_id::CorrelationId,
    diagnostic::{DiagnosticResult, DiagnosticTestRun, RunCounts, RunFilter, RunStatus},
    error::ErrorCode,
    ids::{EvidenceId, ProfileId, RunId},
    permission::Permission,
    profile::ServiceConnectionProfile,
};
use store::{TeamDb, diagnostic_results, diagnostic_runs, evidence};

mod attempt;
mod finalize;
pub mod limits;
pub mod plan;
pub mod queries;
pub mod recover;
mod work;

pub use plan::{RunRequest, Selection};

/// How often [`wait`] looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Begins a run; it goes on by itself.
///
/// # Errors
/// No connection is meant, or one that is not there; a scenario that none of them knows.
pub async fn request(scope: &Scope, request: RunRequest) -> Result<DiagnosticTestRun, OpsError> {
    scope.authorize(Permission::RunDiagnostics)?;
    begin(scope, request, AuditAct::RunStarted).await
}

async fn begin(scope: &Scope, request: RunRequest, act: AuditAct) -> Result<DiagnosticTestRun, OpsError> {
    let plan = plan::of(scope, &request).await?;
    if plan.environment().is_none() {
        // Nobody who is limited to some could look at it afterwards.
        scope.enter_all()?;
    }
    let run = queued(&scope.console, &plan, &scope.actor.name, request.scenarios, scope.correlation_id.clone());
    let run = DiagnosticTestRun { release: request.release, ..run };
    let mut tx = scope.begin().await?;
    diagnostic_runs::insert(&mut tx, &run).await?;
    let used_credential = plan.connections.iter().any(|planned| planned.profile.has_credential);
    scope.audit(&mut tx, act, Subject::from(run.id).count(run.connection_ids.len()).used_credential(used_credential)).await?;
    tx.commit().await?;
    tokio::spawn(work::work(scope.console.clone(), scope.team(), run.clone(), plan).in_current_span());
    Ok(run)
}

/// A run of this plan that nobody works on yet.
fn queued(console: &Console, plan: &plan::Plan, requested_by: &str, scenarios: Option<Vec<String>>, correlation_id: CorrelationId) -> DiagnosticTestRun {
    DiagnosticTestRun {
        id: RunId::new(),
        status: RunStatus::Queued,
        verdict: None,
        requested_by: requested_by.to_owned(),
        environment: plan.environment(),
        release: None,
        connection_ids: plan.connections.iter().map(|planned| planned.profile.id).collect(),
        scenarios,
        planned: i64::try_from(plan.scenarios()).unwrap_or(i64::MAX),
        requested_at: console.clock.now(),
        started_at: None,
        finished_at: None,
        note: None,
        evidence_lost: None,
        correlation_id,
        results: Vec::new(),
        counts: RunCounts::default(),
    }
}

/// Runs scenarios over one connection for whoever is named, to the end: what a step of a runbook does. Answers nothing where its kind has none of them.
///
/// # Errors
/// The database failed; this program does not know the kind.
pub(crate) async fn carry_out(
    console: &Console,
    requested_by: &str,
    profile: ServiceConnectionProfile,
    scenarios: &[String],
    correlation_id: CorrelationId,
) -> Result<Option<DiagnosticTestRun>, OpsError> {
    let team = profile.team_id;
    let kind = console.kinds.get(&profile.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", profile.kind)))?;
    let known = kind.descriptor().scenarios.iter().filter(|scenario| plan::is_chosen(Some(scenarios), scenario.id)).count();
    if known == 0 {
        return Ok(None);
    }
    let plan = plan::Plan { connections: vec![plan::Planned { profile, kind, scenarios: known }] };
    let run = queued(console, &plan, requested_by, Some(scenarios.to_vec()), correlation_id);
    let mut tx = console.db.for_team(team).begin().await?;
    diagnostic_runs::insert(&mut tx, &run).await?;
    tx.commit().await?;
    work::work(console.clone(), team, run.clone(), plan).await;
    let db = console.db.for_team(team);
    let Some(mut ended) = diagnostic_runs::get(&db, run.id).await? else { return Ok(None) };
    let results = diagnostic_results::of_run(&db, run.id).await?;
    fill(&mut ended, results, Vec::new());
    Ok(Some(ended))
}

/// Runs the same scenarios over the same connections, as they are now.
///
/// # Errors
/// There is no such run; its connections are archived by now.
pub async fn again(scope: &Scope, id: RunId) -> Result<DiagnosticTestRun, OpsError> {
    scope.authorize(Permission::RunDiagnostics)?;
    let run = found(scope, id).await?;
    let selection = Selection::Connections(run.connection_ids);
    begin(scope, RunRequest { selection, scenarios: run.scenarios, release: run.release }, AuditAct::RunRepeated).await
}

/// Ends a run where it stands. Its work stops within seconds, on whichever node it is.
///
/// # Errors
/// There is no such run; it has ended already.
pub async fn cancel(scope: &Scope, id: RunId) -> Result<DiagnosticTestRun, OpsError> {
    scope.authorize(Permission::RunDiagnostics)?;
    found(scope, id).await?;
    if !finalize::cancel(scope, id).await? {
        return Err(ErrorCode::RunFinished.into());
    }
    get(scope, id).await
}

/// A run with the results it has so far.
///
/// # Errors
/// There is no such run in the actor's team.
pub async fn get(scope: &Scope, id: RunId) -> Result<DiagnosticTestRun, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let mut run = found(scope, id).await?;
    let results = diagnostic_results::of_run(&scope.db(), id).await?;
    fill(&mut run, results, evidence::of_run(&scope.db(), id).await?);
    Ok(run)
}

/// The run once it has ended, or as it stands after `patience`.
///
/// # Errors
/// There is no such run; the database failed.
pub async fn wait(scope: &Scope, id: RunId, patience: Duration) -> Result<DiagnosticTestRun, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let until = tokio::time::Instant::now() + patience;
    loop {
        let run = found(scope, id).await?;
        if run.status.is_finished() || tokio::time::Instant::now() >= until {
            return get(scope, id).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The newest runs that match, without their results, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: &RunFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<DiagnosticTestRun>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let read = async |after, most| diagnostic_runs::latest(&scope.db(), &scope.actor.limits, filter, after, most).await;
    let (mut runs, next) = cursor::page(limit, cursor, |last: &DiagnosticTestRun| (last.requested_at, last.id), read).await?;
    count(&scope.db(), &mut runs).await?;
    Ok((runs, next))
}

/// The run itself, as far as it is there for the actor.
async fn found(scope: &Scope, id: RunId) -> Result<DiagnosticTestRun, OpsError> {
    let run = diagnostic_runs::get(&scope.db(), id).await?;
    run.filter(|run| scope.sees_run(run)).ok_or_else(|| ErrorCode::RunNotFound.into())
}

async fn count(db: &TeamDb, runs: &mut [DiagnosticTestRun]) -> Result<(), OpsError> {
    let ids = || runs.iter().map(|run| run.id);
    let (Some(first), Some(last)) = (ids().min_by_key(RunId::as_uuid), ids().max_by_key(RunId::as_uuid)) else { return Ok(()) };
    for (id, outcome, times) in diagnostic_results::counts(db, first, last).await? {
        if let Some(run) = runs.iter_mut().find(|run| run.id == id) {
            run.counts.add(outcome, u32::try_from(times).unwrap_or(u32::MAX));
        }
    }
    Ok(())
}

/// Puts together what three tables know of a run.
fn fill(run: &mut DiagnosticTestRun, results: Vec<DiagnosticResult>, kept: Vec<domain::evidence::Evidence>) {
    let mut ids: BTreeMap<(uuid::Uuid, String), Vec<EvidenceId>> = BTreeMap::new();
    let key = |connection: ProfileId, scenario: &str| (connection.as_uuid(), scenario.to_owned());
    for one in kept {
        ids.entry(key(one.connection_id, &one.scenario)).or_default().push(one.id);
    }
    run.results = results;
    for result in &mut run.results {
        run.counts.add(result.outcome, 1);
        result.evidence_ids = ids.remove(&key(result.connection_id, &result.scenario)).unwrap_or_default();
    }
}
