//! A run as the watch tells it.

use domain::diagnostic::{DiagnosticResult, DiagnosticTestRun, RunStatus};

use super::{Ended, Progress};
use crate::diagnostics::verdict::{badge_style, connections, counted};

impl From<DiagnosticTestRun> for Progress {
    fn from(run: DiagnosticTestRun) -> Self {
        let (done, among) = (run.counts.total(), connections(run.connection_ids.len()));
        let (finished, several) = (run.status.is_finished(), run.connection_ids.len() > 1);
        let told = match run.status {
            RunStatus::Queued => format!("Waits for its turn: {} scenarios of {among}", run.planned),
            _ if done == 0 => format!("0 of {} scenarios of {among}", run.planned),
            _ => format!("{done} of {} scenarios of {among}: {}", run.planned, counted(run.counts)),
        };
        Self {
            id: run.id,
            finished,
            queued: run.status == RunStatus::Queued,
            done: done.to_string(),
            planned: run.planned.to_string(),
            told,
            verdict: format!("{}: {}", badge_style(run.status).0, counted(run.counts)),
            // The page itself shows them then.
            rows: if finished { Vec::new() } else { run.results.into_iter().map(|result| ended(result, several)).collect() },
        }
    }
}

fn ended(result: DiagnosticResult, among_others: bool) -> Ended {
    Ended { connection: among_others.then(|| result.connection_name.clone()), row: result.into() }
}
