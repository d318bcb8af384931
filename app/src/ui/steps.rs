//! Scenarios one under the other: those that ended, the one that runs, those to come.

use domain::verification::{StepOutcome, is_unused};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::icon::{CHECK, CROSS, DASH, EXCLAMATION, Icon};

/// A scenario that ended. Its latency is a text already: printing numbers is a tenth of the browser part.
#[derive(Clone, Serialize, Deserialize)]
pub struct Row {
    pub title: String,
    pub outcome: StepOutcome,
    pub blocking: bool,
    pub latency: String,
    pub found: String,
    pub why: String,
    pub remediation: String,
}

/// A scenario as it is drawn.
#[derive(Default)]
pub struct Line {
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

/// Class, icon and word of an outcome.
pub const fn badge_style(outcome: StepOutcome) -> (&'static str, Icon, &'static str) {
    match outcome {
        StepOutcome::Passed => ("passed", CHECK, "Passed"),
        StepOutcome::Warned => ("warned", EXCLAMATION, "Warning"),
        StepOutcome::Failed => ("failed", CROSS, "Failed"),
        StepOutcome::Skipped => ("skipped", DASH, "Skipped"),
    }
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let (class, icon, word) = badge_style(row.outcome);
        let unused = row.outcome == StepOutcome::Skipped && is_unused(&row.found);
        let advised = matches!(row.outcome, StepOutcome::Warned | StepOutcome::Failed);
        Self {
            class,
            icon: Some(icon),
            word: if unused { "Not used" } else { word },
            title: row.title,
            blocking: row.blocking || unused,
            latency: row.latency,
            // That a step before it failed is said already, by that step.
            found: if row.outcome == StepOutcome::Skipped && !unused { String::new() } else { row.found },
            advice: advised.then_some((row.why, row.remediation)),
        }
    }
}

impl Line {
    pub fn to_come(title: String, blocking: bool, class: &'static str, word: &'static str) -> Self {
        Self { class, word, title, blocking, ..Self::default() }
    }
}

pub fn drawn(line: Line) -> impl IntoView {
    let found = (line.advice.is_none() && !line.found.is_empty()).then(|| line.found.clone());
    let advice = line.advice.map(|(why, remediation)| advice(line.found, why, remediation));
    view! {
        <li class=line.class>
            <span class="mark">{line.icon.map(|icon| view! { <Icon path=icon/> })}</span>
            <span class="title">
                {line.title}
                {(!line.blocking).then(|| view! { <span class="advisory">" advisory"</span> })}
            </span>
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
