//! What happened to a connection, the newest first: changes and verifications together.

use domain::{
    profile::{ConnectionAct, ConnectionChange},
    time::Timestamp,
    verification::{Verification, VerificationOutcome},
};
use leptos::prelude::*;

use crate::ui::{
    icon::{BOX, CHECK, CIRCLE_CHECK, CIRCLE_DASHED, CROSS, EXCLAMATION, Icon, PAUSE, PENCIL, PLAY, PLUS, PULSE},
    time::Time,
};

/// One line.
struct Event {
    at: Timestamp,
    icon: Icon,
    tone: &'static str,
    text: &'static str,
    by: String,
    version: i64,
}

impl From<ConnectionChange> for Event {
    fn from(change: ConnectionChange) -> Self {
        let (icon, tone, text) = match change.act {
            ConnectionAct::Created => (PLUS, "", "Created"),
            ConnectionAct::Edited => (PENCIL, "", "Edited"),
            ConnectionAct::Unverified => (CIRCLE_DASHED, "warn", "Edited, and a draft again"),
            ConnectionAct::Activated => (CIRCLE_CHECK, "good", "Activated"),
            ConnectionAct::Suspended => (PAUSE, "warn", "Suspended"),
            ConnectionAct::Resumed => (PLAY, "good", "Resumed"),
            ConnectionAct::Archived => (BOX, "", "Archived"),
            ConnectionAct::Restored => (CIRCLE_DASHED, "", "Restored as a draft"),
        };
        Self { at: change.at, icon, tone, text, by: change.actor, version: change.version }
    }
}

impl From<Verification> for Event {
    fn from(verification: Verification) -> Self {
        let (icon, tone, text) = match verification.outcome {
            VerificationOutcome::Running => (PULSE, "", "Test running"),
            VerificationOutcome::Passed => (CHECK, "good", "Test passed"),
            VerificationOutcome::Failed => (CROSS, "bad", "Test failed"),
            VerificationOutcome::Interrupted => (EXCLAMATION, "warn", "Test interrupted"),
        };
        let at = verification.finished_at.unwrap_or(verification.started_at);
        Self { at, icon, tone, text, by: verification.requested_by, version: verification.profile_version }
    }
}

#[component]
pub fn History(changes: Vec<ConnectionChange>, verifications: Vec<Verification>) -> impl IntoView {
    let mut events: Vec<Event> = changes.into_iter().map(Event::from).chain(verifications.into_iter().map(Event::from)).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    view! {
        <section class="card" aria-labelledby="history" id="connection-history" data-refresh="">
            <header>
                <h2 id="history">"History"</h2>
            </header>
            <ol class="history">{events.into_iter().map(line).collect_view()}</ol>
        </section>
    }
}

fn line(event: Event) -> impl IntoView {
    view! {
        <li class=event.tone>
            <Icon path=event.icon/>
            <div>
                <strong>{event.text}</strong>
                <span class="by">{format!(" by {} · version {}", event.by, event.version)}</span>
            </div>
            <Time at=event.at/>
        </li>
    }
}
