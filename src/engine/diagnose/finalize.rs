//! The end of a run: status, verdict, manifest and notification, in one unit of work.

use crate::{Console, OpsError, Scope, events::PendingEvents, evidence::manifest, notify};
use domain::{
    audit::AuditAct,
    diagnostic::{DiagnosticTestRun, RunStatus},
    ids::{RunId, TeamId},
    notification::Notification,
    severity::Severity,
    time::Timestamp,
    verdict::{judge, verdict},
    verification::StepOutcome,
};
use store::{TeamTx, diagnostic_results, diagnostic_runs, evidence, execution_steps};

/// Ends a run whose scenarios have all been tried. Answers how it ended, or nothing when it had ended before.
///
/// # Errors
/// The database failed, and the run goes on being unfinished.
pub async fn finish(console: &Console, team: TeamId, id: RunId) -> Result<Option<RunStatus>, OpsError> {
    let mut tx = console.db.for_team(team).begin().await?;
    // Holds the row first: no result can come after what is read now.
    if !diagnostic_runs::touch(&mut tx, id, console.clock.now()).await? {
        return Ok(None);
    }
    let Some(run) = diagnostic_runs::get_in(&mut tx, id).await? else { return Ok(None) };
    let results = diagnostic_results::of_run_in(&mut tx, id).await?;
    let status = judge(&results, usize::try_from(run.planned).unwrap_or(usize::MAX), run.evidence_lost.is_some());
    Ok(end(console, tx, id, status, None, None).await?.then_some(status))
}

/// Why a run ends before its last scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption<'a> {
    Cancelled {
        by: &'a str,
    },
    /// The process that worked on it is gone.
    ConsoleStopped,
    NotStored,
}

impl Interruption<'_> {
    /// What a person reads.
    fn note(self) -> String {
        match self {
            Self::Cancelled { by } => format!("Cancelled by {by}."),
            Self::ConsoleStopped => "The console stopped before the run had ended.".into(),
            Self::NotStored => "The console could not store what it found.".into(),
        }
    }
}

/// Ends a run before its time. False when it had ended already.
///
/// # Errors
/// The database failed, and the run goes on.
pub async fn interrupt(console: &Console, team: TeamId, id: RunId, interruption: Interruption<'_>) -> Result<bool, OpsError> {
    let tx = console.db.for_team(team).begin().await?;
    end(console, tx, id, RunStatus::Interrupted, Some(interruption), None).await
}

/// Ends a run because the actor wants it to. False when it had ended already.
///
/// # Errors
/// The database failed, and the run goes on.
pub(super) async fn cancel(scope: &Scope, id: RunId) -> Result<bool, OpsError> {
    let (tx, interruption) = (scope.begin().await?, Interruption::Cancelled { by: &scope.actor.name });
    end(&scope.console, tx, id, RunStatus::Interrupted, Some(interruption), Some(scope)).await
}

async fn end(
    console: &Console,
    mut tx: TeamTx,
    id: RunId,
    status: RunStatus,
    interruption: Option<Interruption<'_>>,
    by: Option<&Scope>,
) -> Result<bool, OpsError> {
    let (team, now) = (tx.team(), console.clock.now());
    let note = interruption.map(Interruption::note);
    if !diagnostic_runs::finish(&mut tx, id, status, verdict(status), note.as_deref(), now).await? {
        return Ok(false);
    }
    let Some(mut run) = diagnostic_runs::get_in(&mut tx, id).await? else { return Ok(false) };
    let kept = evidence::of_run_in(&mut tx, id).await?;
    super::fill(&mut run, diagnostic_results::of_run_in(&mut tx, id).await?, kept.clone());
    manifest::append(&mut tx, &console.signer, &run, &kept, now).await?;
    let mut pending = PendingEvents::default();
    // What a step of a runbook finds stands where that is carried out.
    if let Some(notification) = notification(&run, interruption, now)
        && !execution_steps::went_under(&mut tx, &run.correlation_id).await?
    {
        notify::in_console(&mut tx, team, notification, &mut pending).await?;
    }
    if let Some(scope) = by {
        scope.audit(&mut tx, AuditAct::RunCancelled, id).await?;
    }
    tx.commit().await?;
    if let Some(verdict) = run.verdict {
        console.metrics.run(verdict);
    }
    console.events.publish(pending);
    Ok(true)
}

/// Critical when it blocks, a warning when only advisory scenarios failed, nothing when all is well. Who cancels a run knows of it.
fn notification(run: &DiagnosticTestRun, interruption: Option<Interruption<'_>>, now: Timestamp) -> Option<Notification> {
    let named = |outcome: StepOutcome| -> Vec<String> {
        let counts = |result: &&domain::diagnostic::DiagnosticResult| result.outcome == outcome;
        run.results.iter().filter(counts).take(5).map(|result| format!("{}: {}", result.connection_name, result.title)).collect()
    };
    let (severity, title, body) = match run.status {
        RunStatus::Failed if run.counts.failed > 0 => {
            (Severity::Critical, format!("Diagnostics failed: {}", plural(run.counts.failed, "blocking")), named(StepOutcome::Failed).join("\n"))
        }
        RunStatus::Failed => (Severity::Critical, "Diagnostics block: evidence is missing".into(), run.evidence_lost.clone().unwrap_or_default()),
        RunStatus::Passed if run.counts.warned > 0 => (
            Severity::Warning,
            format!("Diagnostics passed, with a failure of {}", plural(run.counts.warned, "advisory")),
            named(StepOutcome::Warned).join("\n"),
        ),
        RunStatus::Interrupted if !matches!(interruption, Some(Interruption::Cancelled { .. })) => {
            (Severity::Critical, "Diagnostics were interrupted".into(), run.note.clone().unwrap_or_default())
        }
        _ => return None,
    };
    Some(Notification::new(severity, title, body, now).about_run(run.id))
}

fn plural(count: u32, sort: &str) -> String {
    if count == 1 { format!("1 {sort} scenario") } else { format!("{count} {sort} scenarios") }
}
