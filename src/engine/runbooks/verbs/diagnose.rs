//! Scenarios on the connection, as a diagnostic run of its own: at its bounds, with its evidence.

use domain::{
    diagnostic::DiagnosticResult,
    diagnostic::RunStatus,
    kind::Depth,
    profile::ServiceConnectionProfile,
    verification::{StepOutcome, is_unused},
};

use super::{Finding, VerbOutcome, Work};
use crate::{OpsError, diagnose};

/// What refuses activation.
///
/// # Errors
/// The database failed.
pub async fn verify(work: Work<'_>, connection: &ServiceConnectionProfile) -> Result<VerbOutcome, OpsError> {
    let kind = work.console.kinds.get(&connection.kind);
    let scenarios: Vec<_> = kind.iter().flat_map(|kind| kind.descriptor().scenarios_to(Depth::Verify)).map(|scenario| scenario.id.to_owned()).collect();
    diagnose(work, connection, &scenarios).await
}

/// # Errors
/// The database failed.
pub async fn diagnose(work: Work<'_>, connection: &ServiceConnectionProfile, scenarios: &[String]) -> Result<VerbOutcome, OpsError> {
    let by = format!("{}, by a runbook", work.execution.started_by);
    let Some(run) = diagnose::carry_out(work.console, &by, connection.clone(), scenarios, work.correlation_id.clone()).await? else {
        return Ok(VerbOutcome::failed(format!("A connection of the kind {} has none of these scenarios.", connection.kind)));
    };
    let failed: Vec<_> = run.results.iter().filter(|result| matches!(result.outcome, StepOutcome::Failed | StepOutcome::Warned)).collect();
    let is_well = failed.is_empty() && run.status == RunStatus::Passed;
    let found = match (is_well, failed.is_empty()) {
        (true, _) => {
            run.results.iter().filter(|result| result.outcome == StepOutcome::Passed || is_unused(&result.found)).map(line).collect::<Vec<_>>().join("\n")
        }
        (false, true) => run.note.or(run.evidence_lost).unwrap_or_else(|| "The run did not pass.".to_owned()),
        (false, false) => failed.iter().map(|result| format!("{} {}", line(result), result.remediation)).collect::<Vec<_>>().join("\n"),
    };
    let VerbOutcome::Over(finding) = VerbOutcome::over(is_well, found) else { return Ok(VerbOutcome::failed("The run did not pass.")) };
    Ok(VerbOutcome::Over(Finding { run_id: Some(run.id), ..finding }))
}

fn line(result: &DiagnosticResult) -> String {
    format!("{}: {}", result.title, result.found)
}
