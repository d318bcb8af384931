//! What is said of a run beside its results.

use domain::{
    diagnostic::{DiagnosticTestRun, RunStatus},
    run_page::RunWords,
    verification::StepOutcome,
};

use super::data::RunData;
use crate::{
    diagnostics::{
        evidence::size,
        verdict::{badge_style, connections, counted, plural},
    },
    ui::latency::span,
};

pub fn words(data: &RunData) -> RunWords {
    let run = &data.run;
    let (status, icon, tone) = badge_style(run.status);
    let told = RunWords { status: status.to_owned(), icon: icon.to_owned(), tone: tone.to_owned(), ..RunWords::default() };
    let waited = run.started_at.map(|started| span(run.requested_at, started)).unwrap_or_default();
    if !run.status.is_finished() {
        return RunWords { progress: progress(run), done: run.counts.total().to_string(), planned: run.planned.to_string(), waited, ..told };
    }
    RunWords {
        verdict: if run.status == RunStatus::Passed { "Pass" } else { "Block" }.to_owned(),
        reason: reason(run),
        lost: run.evidence_lost.clone().unwrap_or_default(),
        counts: counted(run.counts),
        announced: format!("{status}: {}", counted(run.counts)),
        kept: kept(data),
        ended_at: run.finished_at.map(|at| at.to_string()).unwrap_or_default(),
        took: run.started_at.zip(run.finished_at).map(|(from, to)| span(from, to)).unwrap_or_default(),
        waited,
        ..told
    }
}

fn progress(run: &DiagnosticTestRun) -> String {
    let (done, among) = (run.counts.total(), format!("{} of {}", planned(run), connections(run.connection_ids.len())));
    match run.status {
        RunStatus::Queued => format!("Waits for its turn: {among}"),
        _ if done == 0 => format!("0 of {among}"),
        _ => format!("{done} of {among}: {}", counted(run.counts)),
    }
}

/// `12 scenarios`
fn planned(run: &DiagnosticTestRun) -> String {
    plural(usize::try_from(run.planned).unwrap_or_default(), "scenario")
}

fn reason(run: &DiagnosticTestRun) -> String {
    match run.status {
        RunStatus::Passed if run.counts.warned > 0 => "Every blocking scenario passed. Advisory ones warn.".into(),
        RunStatus::Passed => "Every scenario passed.".into(),
        RunStatus::Interrupted => {
            let note = run.note.as_deref().unwrap_or("The run was interrupted.");
            format!("{note} {} of {} had ended. Nothing may be released on a run that did not end.", run.counts.total(), planned(run))
        }
        _ if run.counts.failed > 0 => {
            let mut failing: Vec<_> = run.results.iter().filter(|result| result.outcome == StepOutcome::Failed).map(|result| result.connection_id).collect();
            failing.dedup();
            let failed = usize::try_from(run.counts.failed).unwrap_or(usize::MAX);
            format!("{} failed on {}. A release must wait.", plural(failed, "blocking scenario"), connections(failing.len()))
        }
        _ => "No scenario failed, but not all of the evidence was kept. A release must wait.".into(),
    }
}

fn kept(data: &RunData) -> String {
    if data.evidence.is_empty() {
        return "No artefacts: none were kept, or their retention is over.".to_owned();
    }
    let bytes = data.evidence.values().map(|one| one.bytes).sum();
    format!("{}, {}, with a signed manifest.", plural(data.evidence.len(), "artefact"), size(bytes))
}
