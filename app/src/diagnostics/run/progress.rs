//! A run as the panel tells it while it goes on.

use domain::diagnostic::{DiagnosticTestRun, RunStatus};

use crate::diagnostics::{
    panel::{Ended, ProgressView},
    verdict::{connections, counted},
};

pub fn progress_of(run: &DiagnosticTestRun) -> ProgressView {
    let (done, among) = (run.counts.total(), connections(run.connection_ids.len()));
    let several = run.connection_ids.len() > 1;
    let told = match run.status {
        RunStatus::Queued => format!("Waits for its turn: {} scenarios of {among}", run.planned),
        _ if done == 0 => format!("0 of {} scenarios of {among}", run.planned),
        _ => format!("{done} of {} scenarios of {among}: {}", run.planned, counted(run.counts)),
    };
    let ended =
        |result: &domain::diagnostic::DiagnosticResult| Ended { connection: several.then(|| result.connection_name.clone()), row: result.clone().into() };
    // What has ended is shown by connection.
    let rows = if run.status.is_finished() { Vec::new() } else { run.results.iter().map(ended).collect() };
    ProgressView { done: done.to_string(), planned: run.planned.to_string(), told, rows }
}
