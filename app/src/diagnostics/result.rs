//! A result as it is drawn.

use domain::diagnostic::DiagnosticResult;

use crate::ui::{latency::latency_of, steps::Row};

impl From<DiagnosticResult> for Row {
    fn from(result: DiagnosticResult) -> Self {
        Self {
            latency: latency_of(result.outcome, result.latency_ms),
            title: result.title,
            outcome: result.outcome,
            blocking: result.blocking,
            found: result.found,
            why: result.why,
            remediation: result.remediation,
        }
    }
}
