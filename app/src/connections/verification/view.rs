//! A verification as the panel shows it.

#[cfg(feature = "ssr")]
use domain::verification::{Step, Verification};
use domain::{ids::VerificationId, verification::VerificationOutcome};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::ui::latency::latency_of;
use crate::ui::steps::Row;

/// A verification, finished or not.
#[derive(Clone, Serialize, Deserialize)]
pub struct VerificationView {
    pub id: VerificationId,
    pub outcome: VerificationOutcome,
    /// When it ended, or began where it has not ended, as a moment is written down.
    pub at: String,
    /// One for each step that finished.
    pub rows: Vec<Row>,
    /// What everything about it goes under.
    pub correlation_id: String,
}

#[cfg(feature = "ssr")]
impl From<Verification> for VerificationView {
    fn from(verification: Verification) -> Self {
        Self {
            id: verification.id,
            outcome: verification.outcome,
            at: verification.finished_at.unwrap_or(verification.started_at).to_string(),
            rows: verification.steps.into_iter().map(Row::from).collect(),
            correlation_id: verification.correlation_id.to_string(),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<Step> for Row {
    fn from(step: Step) -> Self {
        Self {
            latency: latency_of(step.outcome, step.latency_ms),
            title: step.title,
            outcome: step.outcome,
            blocking: step.blocking,
            found: step.found,
            why: step.why,
            remediation: step.remediation,
        }
    }
}
