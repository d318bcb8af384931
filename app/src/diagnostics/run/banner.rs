//! The verdict, said so that it is seen in two seconds.

use domain::{
    diagnostic::{DiagnosticTestRun, RunStatus},
    verification::StepOutcome,
};
use leptos::prelude::*;

use crate::{
    diagnostics::verdict::{badge_style, connections, counted, plural},
    ui::icon::Icon,
};

#[component]
pub fn Banner(run: DiagnosticTestRun) -> impl IntoView {
    let (_, icon, tone) = badge_style(run.status);
    let word = if run.status == RunStatus::Passed { "Pass" } else { "Block" };
    view! {
        <section class=format!("run-verdict {tone}") aria-label="Verdict">
            <Icon path=icon/>
            <div>
                <p class="word">{word}</p>
                <p>{reason(&run)}</p>
                {run.evidence_lost.clone().map(|lost| view! { <p>{lost}</p> })}
                <p class="counts">{counted(run.counts)}</p>
            </div>
        </section>
    }
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
