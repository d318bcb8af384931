//! A result as it is drawn.

use domain::{diagnostic::DiagnosticResult, verification::StepOutcome};

use crate::ui::{latency::latency_of, steps::Row};

impl From<DiagnosticResult> for Row {
    fn from(result: DiagnosticResult) -> Self {
        // Only what did not pass is advised on.
        let advice = |text: String| if result.outcome == StepOutcome::Passed { String::new() } else { text };
        Self {
            latency: latency_of(result.outcome, result.latency_ms),
            title: result.title,
            outcome: result.outcome,
            blocking: result.blocking,
            found: result.found,
            why: advice(result.why),
            remediation: advice(result.remediation),
        }
    }
}
