//! A run while it goes on: how far it is, what failed, what ended last.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::Panel;
use crate::ui::steps::{Line, Row, drawn};

/// How far a run is, in words and texts: printing numbers is a tenth of the browser part.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProgressView {
    /// Scenarios that ended, and how many there are.
    pub done: String,
    pub planned: String,
    pub told: String,
    /// Those that failed, then the newest.
    pub rows: Vec<Ended>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Ended {
    /// Its name, where there are several.
    pub connection: Option<String>,
    pub row: Row,
}

pub fn progress(panel: Panel) -> impl IntoView {
    let view = panel.view;
    let finished = move || view.with(|view| view.outcome.is_some());
    let announced = move || view.with(|view| view.outcome.as_ref().map(|outcome| outcome.verdict.announced.clone()));
    let was_live = !view.with_untracked(|view| view.outcome.is_some());
    view! {
        <p class="unseen" role="status">
            {move || was_live.then(announced).flatten()}
        </p>
        <section class="card watch" aria-label="Progress" hidden=finished>
            <header>
                <p>{move || view.with(|view| view.progress.told.clone())}</p>
            </header>
            <progress
                aria-label="Scenarios that ended"
                max=move || view.with(|view| view.progress.planned.clone())
                value=move || view.with(|view| view.progress.done.clone())
            ></progress>
            <ol class="steps">{move || view.with(|view| view.progress.rows.iter().cloned().map(ended).collect_view())}</ol>
        </section>
    }
}

fn ended(Ended { connection, row }: Ended) -> impl IntoView {
    drawn(Line::from(row).of(connection))
}
