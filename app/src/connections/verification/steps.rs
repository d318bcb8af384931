//! The steps of a test: those that finished, the one that runs, those to come.

use leptos::prelude::*;
use switchboard::domain::verification::StepOutcome;

use super::{Planned, Row, Trial};
use crate::ui::icon::{CHECK, CROSS, DASH, EXCLAMATION, Icon};

/// A step as it is drawn.
#[derive(Default)]
struct Line {
    class: &'static str,
    icon: Option<Icon>,
    word: &'static str,
    title: String,
    blocking: bool,
    latency: String,
    found: String,
    /// Why it matters and what to do, where it did not pass.
    advice: Option<(String, String)>,
}

impl From<&Row> for Line {
    fn from(row: &Row) -> Self {
        let (class, icon, word) = match row.outcome {
            StepOutcome::Passed => ("passed", CHECK, "Passed"),
            StepOutcome::Warned => ("warned", EXCLAMATION, "Warning"),
            StepOutcome::Failed => ("failed", CROSS, "Failed"),
            StepOutcome::Skipped => ("skipped", DASH, "Skipped"),
        };
        let advised = matches!(row.outcome, StepOutcome::Warned | StepOutcome::Failed);
        Self {
            class,
            icon: Some(icon),
            word,
            title: row.title.clone(),
            blocking: row.blocking,
            latency: row.latency.clone(),
            // That a step before it failed is said already, by that step.
            found: if row.outcome == StepOutcome::Skipped { String::new() } else { row.found.clone() },
            advice: advised.then(|| (row.why.clone(), row.remediation.clone())),
        }
    }
}

impl Line {
    fn to_come(step: &Planned, class: &'static str, word: &'static str) -> Self {
        Self { class, word, title: step.title.clone(), blocking: step.blocking, ..Self::default() }
    }
}

/// The finished steps, then those still to come; those that a finished test never reached are not repeated.
pub fn lines(planned: &[Planned], trial: Option<&Trial>, running: bool) -> impl IntoView + use<> {
    let done = trial.map(|trial| trial.rows.as_slice()).unwrap_or_default();
    let to_come = if trial.is_none() || running { planned.get(done.len()..).unwrap_or_default() } else { &[] };
    let to_come = to_come.iter().enumerate().map(|(index, step)| match (running, index) {
        (true, 0) => Line::to_come(step, "running", "Running"),
        (true, _) => Line::to_come(step, "pending", "Waiting"),
        _ => Line::to_come(step, "pending", "Not run"),
    });
    done.iter().map(Line::from).chain(to_come).map(drawn).collect_view()
}

fn drawn(line: Line) -> impl IntoView {
    let found = (line.advice.is_none() && !line.found.is_empty()).then(|| line.found.clone());
    let advice = line.advice.map(|(why, remediation)| advice(line.found, why, remediation));
    view! {
        <li class=line.class>
            <span class="mark">{line.icon.map(|icon| view! { <Icon path=icon/> })}</span>
            <span class="title">{line.title} {(!line.blocking).then(|| view! { <span class="advisory">" advisory"</span> })}</span>
            <span class="result">
                <span class="word">{line.word}</span>
                <span class="latency">{line.latency}</span>
            </span>
            {found.map(|found| view! { <p class="found">{found}</p> })}
            {advice}
        </li>
    }
}

fn advice(found: String, why: String, remediation: String) -> impl IntoView {
    view! {
        <dl class="advice">
            <dt>"Found"</dt>
            <dd>{found}</dd>
            <dt>"Why it matters"</dt>
            <dd>{why}</dd>
            <dt>"What to do"</dt>
            <dd>{remediation}</dd>
        </dl>
    }
}
