//! A verification as the panel shows it.

use switchboard::domain::verification::{Step, StepOutcome, Verification};

use super::verification::{Row, Trial};

impl From<Verification> for Trial {
    fn from(verification: Verification) -> Self {
        Self { id: verification.id.to_string(), outcome: verification.outcome, rows: verification.steps.into_iter().map(Row::from).collect() }
    }
}

impl From<Step> for Row {
    fn from(step: Step) -> Self {
        let ran = step.outcome != StepOutcome::Skipped;
        Self {
            title: step.title,
            outcome: step.outcome,
            blocking: step.blocking,
            latency: if ran { format!("{:.1} ms", step.latency_ms) } else { String::new() },
            found: step.found,
            why: step.why,
            remediation: step.remediation,
        }
    }
}
