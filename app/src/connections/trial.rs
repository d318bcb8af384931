//! A verification as the panel shows it.

use domain::verification::{Step, Verification};

use super::verification::VerificationView;
use crate::ui::{latency::latency_of, steps::Row};

impl From<Verification> for VerificationView {
    fn from(verification: Verification) -> Self {
        Self {
            id: verification.id,
            outcome: verification.outcome,
            at: verification.finished_at.unwrap_or(verification.started_at).to_string(),
            rows: verification.steps.into_iter().map(Row::from).collect(),
        }
    }
}

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
