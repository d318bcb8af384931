//! The newest heartbeats, one by one.

use domain::heartbeat::{Heartbeat, MissedReason, Outcome};
use leptos::prelude::*;

use crate::{
    health::numbers::latency,
    ui::{
        icon::{BOX, CHECK, CROSS, DASH, Icon},
        time::Time,
    },
};

const SHOWN: usize = 20;

#[component]
pub fn Recent(slots: Vec<Heartbeat>) -> impl IntoView {
    let none = slots.is_empty();
    view! {
        <section class="card" aria-labelledby="recent-heartbeats">
            <header>
                <h2 id="recent-heartbeats">"Recent heartbeats"</h2>
            </header>
            {none.then(|| view! { <p class="body quiet">"The first one is due within a minute of activating."</p> })}
            <ol class="history">{slots.into_iter().rev().take(SHOWN).map(line).collect_view()}</ol>
        </section>
    }
}

fn line(beat: Heartbeat) -> impl IntoView {
    let (icon, tone, word) = match beat.outcome {
        Outcome::Pass => (CHECK, "good", "Passed"),
        Outcome::Fail => (CROSS, "bad", "Failed"),
        Outcome::Maintenance => (BOX, "", "Maintenance"),
        Outcome::Missed => (DASH, "", "Not tried"),
    };
    let more = beat.reason.map(told).or_else(|| beat.latency_ms.map(|latency_ms| latency(Some(latency_ms))));
    view! {
        <li class=tone>
            <Icon path=icon/>
            <div>
                <strong>{word}</strong>
                {more.map(|more| view! { <span class="by">{format!(" · {more}")}</span> })}
            </div>
            <Time at=beat.at.timestamp()/>
        </li>
    }
}

fn told(reason: MissedReason) -> String {
    match reason {
        MissedReason::ConsoleDown => "no console was running",
        MissedReason::Overloaded => "the one before it took until after this one",
        MissedReason::ConsoleOffline => "the console itself had no network",
        MissedReason::Suspended => "suspended or edited before its turn",
        MissedReason::Unprepared => "the credential could not be opened, or the kind is not known",
    }
    .to_owned()
}
