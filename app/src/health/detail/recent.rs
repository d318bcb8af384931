//! The newest heartbeats, one by one.

use std::collections::HashMap;

use domain::heartbeat::{Heartbeat, MissedReason, Outcome, Slot};
use leptos::prelude::*;

use crate::{
    health::numbers::latency,
    ui::{
        icon::{BOX, CHECK, CROSS, DASH, Icon},
        time::{Shape, Time},
    },
};

const SHOWN: usize = 20;

#[component]
pub fn Recent(slots: Vec<Heartbeat>, failures: HashMap<Slot, String>) -> impl IntoView {
    let none = slots.is_empty();
    let lines = slots.into_iter().rev().take(SHOWN).map(|beat| line(beat, failures.get(&beat.at))).collect_view();
    view! {
        <section class="card" aria-labelledby="recent-heartbeats">
            <header>
                <h2 id="recent-heartbeats">"Recent heartbeats"</h2>
                <p data-zone="">"UTC"</p>
            </header>
            {none.then(|| view! { <p class="body quiet">"The first one is due within a minute of activating."</p> })}
            <ol class="history">{lines}</ol>
        </section>
    }
}

fn line(beat: Heartbeat, failure: Option<&String>) -> impl IntoView + use<> {
    let (icon, tone, word) = match beat.outcome {
        Outcome::Pass => (CHECK, "good", "Passed"),
        Outcome::Fail => (CROSS, "bad", "Failed"),
        Outcome::Maintenance => (BOX, "", "Maintenance"),
        Outcome::Missed => (DASH, "", "Not tried"),
    };
    let more = beat.reason.map(reason_text).or_else(|| beat.latency_ms.map(|latency_ms| latency(Some(latency_ms))));
    view! {
        <li class=tone>
            <Icon path=icon/>
            <div>
                <strong>{word}</strong>
                {more.map(|more| view! { <span class="by">{format!(" · {more}")}</span> })}
                {failure.cloned().map(|failure| view! { <p class="said">{failure}</p> })}
            </div>
            <Time at=beat.at.timestamp() shape=Shape::Clock/>
        </li>
    }
}

fn reason_text(reason: MissedReason) -> String {
    match reason {
        MissedReason::ConsoleDown => "no console was running",
        MissedReason::Overloaded => "the one before it took until after this one",
        MissedReason::ConsoleOffline => "the console itself had no network",
        MissedReason::Suspended => "suspended or edited before its turn",
        MissedReason::Unprepared => "the credential could not be opened, or the kind is not known",
    }
    .to_owned()
}
