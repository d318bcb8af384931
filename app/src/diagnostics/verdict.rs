//! How a run stands, in icon, word and colour; and what it found, in one line.

use domain::diagnostic::{DiagnosticTestRun, RunCounts, RunStatus};
use leptos::prelude::*;

use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{ALERT, CIRCLE_CHECK, CIRCLE_CROSS, CIRCLE_DASHED, PULSE},
};

/// Every status, in the order a person looks for them.
pub const STATUSES: [RunStatus; 5] = [RunStatus::Failed, RunStatus::Passed, RunStatus::Interrupted, RunStatus::Running, RunStatus::Queued];

pub const fn badge_style(status: RunStatus) -> BadgeStyle {
    match status {
        RunStatus::Queued => ("Queued", CIRCLE_DASHED, "idle"),
        RunStatus::Running => ("Running", PULSE, "note"),
        RunStatus::Passed => ("Passed", CIRCLE_CHECK, "good"),
        RunStatus::Failed => ("Blocked", CIRCLE_CROSS, "bad"),
        RunStatus::Interrupted => ("Interrupted", ALERT, "warn"),
    }
}

#[component]
pub fn VerdictBadge(status: RunStatus) -> impl IntoView {
    view! { <Badge badge_style=badge_style(status)/> }
}

/// `2 failed · 1 warning · 40 passed`, without what there is none of.
pub fn counted(counts: RunCounts) -> String {
    let warnings = if counts.warned == 1 { "warning" } else { "warnings" };
    let parts = [(counts.failed, "failed"), (counts.warned, warnings), (counts.passed, "passed"), (counts.skipped, "skipped")];
    parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(" · ")
}

/// `1 connection`, `12 connections`.
pub fn connections(count: usize) -> String {
    plural(count, "connection")
}

pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What a run is over, in words; `name` is that of its one connection.
pub fn subject(run: &DiagnosticTestRun, name: Option<String>) -> String {
    name.unwrap_or_else(|| connections(run.connection_ids.len()))
}
