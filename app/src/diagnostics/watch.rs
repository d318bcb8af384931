//! A run while it goes on: how far it is, what failed, what ended last.

use domain::ids::RunId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "hydrate")]
mod live;
#[cfg(feature = "ssr")]
mod progress;

use crate::ui::steps::{Line, Row, drawn};

/// How far a run is, in words and texts: printing numbers is a tenth of the browser part.
#[derive(Clone, Serialize, Deserialize)]
pub struct Progress {
    pub id: RunId,
    pub finished: bool,
    /// Waits for its turn.
    pub queued: bool,
    /// Scenarios that ended, and how many there are.
    pub done: String,
    pub planned: String,
    pub told: String,
    /// What is announced once it has ended.
    pub verdict: String,
    /// Those that failed, then the newest.
    pub rows: Vec<Ended>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Ended {
    /// Its name, where there are several.
    pub connection: Option<String>,
    pub row: Row,
}

#[island(lazy)]
pub fn RunWatch(first: Progress) -> impl IntoView {
    let progress = RwSignal::new(first);
    #[cfg(feature = "hydrate")]
    live::follow(progress);
    view! {
        <p class="unseen" role="status">
            {move || progress.with(|progress| if progress.finished { progress.verdict.clone() } else { String::new() })}
        </p>
        <section class="card watch" aria-label="Progress" hidden=move || progress.with(|progress| progress.finished)>
            <header>
                <p>{move || progress.with(|progress| progress.told.clone())}</p>
            </header>
            <progress
                aria-label="Scenarios that ended"
                max=move || progress.with(|progress| progress.planned.clone())
                value=move || progress.with(|progress| progress.done.clone())
            ></progress>
            <ol class="steps">{move || progress.with(|progress| progress.rows.iter().cloned().map(ended).collect_view())}</ol>
        </section>
    }
}

fn ended(Ended { connection, row }: Ended) -> impl IntoView {
    drawn(Line::from(row).of(connection))
}
