//! Runs as pages show them: a numbered page of many, one while it goes on, and one against what was before.

use crate::{OpsError, Scope};
use domain::{
    diagnostic::{Baseline, DiagnosticTestRun, ListedRun, RunCounts, RunFilter},
    evidence::Evidence,
    ids::{ProfileId, RunId},
    permission::Permission,
};
use store::{baselines, diagnostic_results, diagnostic_runs, evidence};

/// Page `page`, from 1, of the runs that match, the newest first, and how many match.
///
/// # Errors
/// The database failed.
pub async fn page(scope: &Scope, filter: &RunFilter, page: u32, per_page: u32) -> Result<(Vec<ListedRun>, i64), OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
    let runs = diagnostic_runs::page(&scope.db(), filter, per_page.into(), offset).await?;
    let total = diagnostic_runs::count(&scope.db(), filter).await?;
    let mut listed: Vec<_> = runs.into_iter().map(|run| ListedRun { run, connection_name: None }).collect();
    for (id, outcome, times, name) in diagnostic_runs::counts_of_page(&scope.db(), filter, per_page.into(), offset).await? {
        let Some(one) = listed.iter_mut().find(|one| one.run.id == id) else { continue };
        one.run.counts.add(outcome, u32::try_from(times).unwrap_or(u32::MAX));
        one.connection_name = Some(name).filter(|_| one.run.is_of_one_connection());
    }
    Ok((listed, total))
}

/// All that there is to see of a run.
pub struct RunQuery {
    pub run: DiagnosticTestRun,
    /// In the order it was kept.
    pub evidence: Vec<Evidence>,
    /// What its results were like before it.
    pub baselines: Vec<Baseline>,
}

/// A run with everything once it has ended, and at any time where it is of one connection. Of several connections, until then, its counts and at
/// most `limit` results: those that failed, then the newest.
///
/// # Errors
/// There is no such run in the actor's team.
pub async fn whole(scope: &Scope, id: RunId, limit: i64) -> Result<RunQuery, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let mut run = super::found(scope, id).await?;
    if !run.is_told_whole() {
        let run = under_way(scope, run, limit).await?;
        return Ok(RunQuery { run, evidence: Vec::new(), baselines: Vec::new() });
    }
    let evidence = evidence::of_run(&scope.db(), id).await?;
    super::fill(&mut run, diagnostic_results::of_run(&scope.db(), id).await?, evidence.clone());
    Ok(RunQuery { run, evidence, baselines: baselines::of_run(&scope.db(), id).await? })
}

/// How many scenarios of one connection ended how in a run.
///
/// # Errors
/// The database failed.
pub async fn counts_of(scope: &Scope, run: RunId, connection: ProfileId) -> Result<RunCounts, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    Ok(diagnostic_results::counts_of_connection(&scope.db(), run, connection).await?.into_iter().collect())
}

/// At most `limit` runs before `run` that tried its first connection and have ended, the newest first; without their results.
///
/// # Errors
/// The database failed.
pub async fn earlier(scope: &Scope, run: &DiagnosticTestRun, limit: i64) -> Result<Vec<DiagnosticTestRun>, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let Some(first) = run.connection_ids.first() else { return Ok(Vec::new()) };
    let filter = RunFilter { connection: Some(*first), ..RunFilter::default() };
    let mut runs = diagnostic_runs::latest(&scope.db(), &scope.actor.limits, &filter, Some((run.requested_at, run.id)), limit).await?;
    runs.retain(|run| run.status.is_finished());
    Ok(runs)
}

async fn under_way(scope: &Scope, mut run: DiagnosticTestRun, limit: i64) -> Result<DiagnosticTestRun, OpsError> {
    for (_, outcome, times) in diagnostic_results::counts(&scope.db(), run.id, run.id).await? {
        run.counts.add(outcome, u32::try_from(times).unwrap_or(u32::MAX));
    }
    run.results = diagnostic_results::newest(&scope.db(), run.id, limit).await?;
    Ok(run)
}
