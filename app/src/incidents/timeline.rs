//! What happened in an incident, the oldest first.

use domain::{
    ids::IncidentId,
    incident::{TimelineEntry, TimelineKind},
};
use leptos::prelude::*;

use super::path_of;
use crate::ui::{
    icon::{ALERT, ARROWS, BOLT, CHECK, CIRCLE_CHECK, CIRCLE_CROSS, FILE, Icon, PENCIL, PEOPLE, PULSE, SEARCH},
    time::Time,
};

#[component]
pub fn Timeline(entries: Vec<TimelineEntry>) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="timeline" id="incident-timeline" data-refresh="">
            <header>
                <h2 id="timeline">"Time line"</h2>
            </header>
            <ol class="history">{entries.into_iter().map(line).collect_view()}</ol>
        </section>
    }
}

fn line(entry: TimelineEntry) -> impl IntoView {
    let (icon, tone, word) = match entry.kind {
        TimelineKind::Opened => (CIRCLE_CROSS, "bad", "Opened"),
        TimelineKind::Acknowledged => (CHECK, "warn", "Acknowledged"),
        TimelineKind::Assessed => (SEARCH, "warn", "Assessed"),
        TimelineKind::Mitigated => (BOLT, "good", "Mitigated"),
        TimelineKind::Note => (PENCIL, "", "Note"),
        TimelineKind::Severity => (ALERT, "warn", "Urgency changed"),
        TimelineKind::Owner => (PEOPLE, "", "Handed over"),
        TimelineKind::Merged => (ARROWS, "", "Merged"),
        TimelineKind::Split => (ARROWS, "", "Split"),
        TimelineKind::Recovered => (PULSE, "good", "Recovered"),
        TimelineKind::Resolved => (CIRCLE_CHECK, "good", "Resolved"),
        TimelineKind::PostMortem => (FILE, "good", "Post-mortem completed"),
    };
    view! {
        <li class=tone>
            <Icon path=icon/>
            <div>
                <strong>{word}</strong>
                {entry.by.map(|by| view! { <span class="by">{format!(" by {by}")}</span> })}
                {(!entry.text.is_empty()).then(|| view! { <p class="said">{words(entry.text, entry.other_id)}</p> })}
            </div>
            <Time at=entry.at/>
        </li>
    }
}

/// Leads to the other incident where the line names one.
fn words(text: String, other: Option<IncidentId>) -> AnyView {
    match other {
        Some(other) => view! { <a href=path_of(other)>{text}</a> }.into_any(),
        None => text.into_any(),
    }
}
