//! What a run decides.

use super::{
    diagnostic::{DiagnosticResult, RunStatus, Verdict},
    verification::StepOutcome,
};

/// How a run ends whose scenarios have all been tried: it passes only if each ended, none that blocks failed or was
/// left out, and nothing of its evidence was lost.
pub fn judge(results: &[DiagnosticResult], planned: usize, evidence_lost: bool) -> RunStatus {
    let blocks = |result: &DiagnosticResult| result.blocking && matches!(result.outcome, StepOutcome::Failed | StepOutcome::Skipped);
    let complete = planned > 0 && results.len() == planned;
    if complete && !evidence_lost && !results.iter().any(blocks) { RunStatus::Passed } else { RunStatus::Failed }
}

/// The verdict of a run that ended so.
pub const fn verdict(status: RunStatus) -> Verdict {
    if matches!(status, RunStatus::Passed) { Verdict::Pass } else { Verdict::Block }
}
