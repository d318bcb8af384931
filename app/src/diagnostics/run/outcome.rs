//! A run that has ended, in the panel's words.

use domain::{
    diagnostic::{DiagnosticTestRun, RunStatus},
    evidence::Evidence,
    verification::StepOutcome,
};

use super::{
    Part, RunData,
    changes::{by_scenario, compared, since_each},
    groups::grouped,
    progress::progress_of,
};
use crate::{
    diagnostics::{
        evidence::size,
        panel::{EarlierRun, Fact, Moment, PackView, RunOutcome, RunView, VerdictView},
        verdict::{badge_style, connections, counted, plural},
    },
    ui::latency::span,
};

pub fn viewed(data: RunData, part: &Part) -> RunView {
    let RunData { looked, earlier, public_key, against } = data;
    let (run, status, progress) = (&looked.run, looked.run.status, progress_of(&looked.run));
    if !status.is_finished() {
        return RunView { status, progress, outcome: None };
    }
    let before = by_scenario(looked.baselines);
    let changes = match against {
        Some(against) => compared(run, &against),
        None => since_each(&run.results, &before),
    };
    let (groups, pages) = grouped(run, &looked.evidence, &before, part);
    let outcome = RunOutcome {
        verdict: verdict_of(run),
        groups,
        pages,
        changes,
        earlier: earlier.iter().map(earlier_run).collect(),
        pack: pack_of(run, &looked.evidence, &public_key),
        facts: facts_of(run),
        correlation_id: run.correlation_id.to_string(),
    };
    RunView { status, progress, outcome: Some(outcome) }
}

fn earlier_run(run: &DiagnosticTestRun) -> EarlierRun {
    let release = run.release.as_ref().map(|release| format!(" · {release}")).unwrap_or_default();
    EarlierRun {
        id: run.id.to_string(),
        told: format!("{}: {}{release}", run.requested_at.as_datetime().format("%Y-%m-%d %H:%M UTC"), badge_style(run.status).0),
    }
}

fn verdict_of(run: &DiagnosticTestRun) -> VerdictView {
    let counts = counted(run.counts);
    let announced = format!("{}: {counts}", badge_style(run.status).0);
    VerdictView { reason: reason(run), lost: run.evidence_lost.clone(), counts, announced }
}

fn reason(run: &DiagnosticTestRun) -> String {
    match run.status {
        RunStatus::Passed if run.counts.warned > 0 => "Every blocking scenario passed. Advisory ones warn.".into(),
        RunStatus::Passed => "Every scenario passed.".into(),
        RunStatus::Interrupted => {
            let note = run.note.as_deref().unwrap_or("The run was interrupted.");
            format!("{note} {} of {} scenarios had ended. Nothing may be released on a run that did not end.", run.counts.total(), run.planned)
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

fn pack_of(run: &DiagnosticTestRun, evidence: &[Evidence], public_key: &str) -> PackView {
    let told = if evidence.is_empty() {
        "No artefacts: none were kept, or their retention is over.".to_owned()
    } else {
        format!("{}, {}, with a signed manifest.", plural(evidence.len(), "artefact"), size(evidence.iter().map(|one| one.bytes).sum()))
    };
    PackView { told, command: format!("switchboard evidence verify evidence-{}.zip --public-key {public_key}", run.id) }
}

fn facts_of(run: &DiagnosticTestRun) -> Vec<Fact> {
    let planned = usize::try_from(run.planned).unwrap_or_default();
    let text = |name: &str, value: Option<String>| value.map(|value| Fact::Text(name.into(), value));
    [
        text("Over", Some(format!("{}, {}", connections(run.connection_ids.len()), plural(planned, "scenario")))),
        text("Narrowed to", run.scenarios.as_ref().map(|scenarios| scenarios.join(", "))),
        text("Release", run.release.clone()),
        text("Asked for by", Some(run.requested_by.clone())),
        run.finished_at.map(|at| Fact::At("Ended".into(), Moment::at(at))),
        text("Took", run.started_at.zip(run.finished_at).map(|(from, to)| span(from, to))),
        text("Waited", run.started_at.map(|started| span(run.requested_at, started))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
