//! Removes what would grow for ever: records of what happened, once they are past their time.
//!
//! Small batches with a pause between them, so that heartbeats are never held up for long. Any node may do it at any time.
//!
//! Two rooms remove what is theirs alone: `heartbeat::retention` slots, hours and days of heartbeats, `evidence::retention` artefacts and their files.

use std::time::Duration;

use tokio::time::sleep;

use super::{Console, OpsError};
use domain::{ids::TeamId, time::Timestamp};
use store::retention::{self as rows, Aged};

mod policy;

pub use policy::{Removed, Retention};

/// Rows of one transaction.
const BATCH: i64 = 500;
/// Between two of them.
const BREATH: Duration = Duration::from_millis(50);

/// Rows of log lines, each of one correlation ID: what a busy day says.
const MOST_LINES: i64 = 100_000;
/// One refusal is kept beside so many other errors.
const REFUSALS: i64 = 10;

/// One batch of what goes.
#[derive(Clone, Copy)]
enum Batch {
    Aged(Aged, Timestamp),
    /// Beyond so many of a team's.
    OldestFailures(Option<TeamId>, i64),
    OldestRefusals(Option<TeamId>, i64),
    OldestGroups(Option<TeamId>, i64),
    /// Beyond so many of all teams together.
    OldestLines(i64),
    /// Of one run.
    Results(Timestamp),
    /// One.
    Run(Timestamp),
}

/// Removes everything that is past its time; what refers to something goes before it. What cannot be removed holds up nothing else.
///
/// # Errors
/// The database failed; the first time that it did.
pub async fn prune(console: &Console) -> Result<(), OpsError> {
    let kept = console.retention;
    let since = |kept: Duration| console.clock.now() - kept;
    let aged = [
        (Aged::ErrorEvents, kept.errors),
        (Aged::ErrorGroupHours, kept.errors),
        (Aged::ErrorGroups, kept.errors),
        (Aged::LogLines, kept.errors),
        (Aged::RequestHours, kept.verifications),
        (Aged::Notifications, kept.notifications),
        (Aged::NotificationMarks, kept.notifications),
        (Aged::Deliveries, kept.notifications),
        (Aged::Verifications, kept.verifications),
        (Aged::Changes, kept.changes),
        (Aged::MaintenanceWindows, kept.maintenance_windows),
        (Aged::Silences, kept.maintenance_windows),
        (Aged::Checklists, kept.changes),
        (Aged::MaintenanceTasks, kept.changes),
        (Aged::IncidentTimelines, kept.details),
        (Aged::ActionItems, kept.summaries),
        (Aged::PostMortems, kept.summaries),
        (Aged::Incidents, kept.summaries),
        (Aged::ExecutionSteps, kept.details),
        (Aged::Executions, kept.details),
    ];
    let aged = aged.into_iter().map(|(aged, kept)| Batch::Aged(aged, since(kept)));
    let mut outcome = Ok(());
    for batch in aged.chain([Batch::Results(since(kept.details)), Batch::Run(since(kept.summaries))]) {
        outcome = outcome.and(exhaust(console, batch).await);
    }
    outcome
}

/// Removes the oldest errors of the teams that have more than they may, kinds of errors that a program makes without end, and what the log said long ago.
/// Refusals have a share of their own, so that whoever provokes them pushes no failure out.
///
/// # Errors
/// The database failed.
pub async fn bound_errors(console: &Console) -> Result<(), OpsError> {
    let most = i64::from(console.retention.most_errors);
    let mut outcome = Ok(());
    let most_refusals = (most / REFUSALS).max(1);
    for team in rows::crowded_with_refusals(&console.db, most_refusals).await? {
        outcome = outcome.and(exhaust(console, Batch::OldestRefusals(team, most_refusals)).await);
    }
    for team in rows::crowded(&console.db, most).await? {
        outcome = outcome.and(exhaust(console, Batch::OldestFailures(team, most)).await);
    }
    for team in rows::crowded_with_groups(&console.db, most).await? {
        outcome = outcome.and(exhaust(console, Batch::OldestGroups(team, most)).await);
    }
    outcome.and(exhaust(console, Batch::OldestLines(MOST_LINES)).await)
}

/// Removes such batches until there is none.
async fn exhaust(console: &Console, batch: Batch) -> Result<(), OpsError> {
    let least = if matches!(batch, Batch::Aged(..)) { BATCH } else { 1 };
    while remove(console, batch).await? >= least {}
    Ok(())
}

/// Answers how many rows went; none once the console stops.
async fn remove(console: &Console, batch: Batch) -> Result<i64, OpsError> {
    if console.stopping.is_cancelled() {
        return Ok(0);
    }
    let mut tx = console.db.begin().await?;
    let (what, removed) = match batch {
        Batch::Aged(aged, since) => (aged.into(), rows::prune(&mut tx, aged, since, BATCH).await?),
        Batch::OldestFailures(team, most) => (Aged::ErrorEvents.into(), rows::prune_oldest_failures(&mut tx, team, most, BATCH).await?),
        Batch::OldestRefusals(team, most) => (Aged::ErrorEvents.into(), rows::prune_oldest_refusals(&mut tx, team, most, BATCH).await?),
        Batch::OldestGroups(team, most) => (Aged::ErrorGroups.into(), rows::prune_oldest_groups(&mut tx, team, most, BATCH).await?),
        Batch::OldestLines(most) => (Aged::LogLines.into(), rows::prune_oldest_lines(&mut tx, most, BATCH).await?),
        Batch::Results(since) => ("diagnostic_results", rows::prune_results(&mut tx, since).await?),
        Batch::Run(since) => ("diagnostic_runs", rows::prune_run(&mut tx, since).await?),
    };
    tx.commit().await?;
    if removed > 0 {
        console.removed.add(what, removed);
        sleep(BREATH).await;
    }
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}
