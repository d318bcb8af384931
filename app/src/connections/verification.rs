//! The moment that matters: the steps of a verification as they finish, then one clear next act.

use domain::{ids::ProfileId, verification::VerificationOutcome};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "hydrate")]
mod live;
mod next_step;
mod steps;
pub mod view;

use self::{next_step::next_step, steps::lines, view::VerificationView};
use super::server_fns::TestConnection;
use crate::{action::form_address, ui::moment::moment};

/// A step that a test will go through.
#[derive(Clone, Serialize, Deserialize)]
pub struct Planned {
    pub title: String,
    pub blocking: bool,
}

/// How the last test went: `Version 3 passed`, when, `, tried by …`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct LastTest {
    pub outcome: String,
    /// As a moment is written down, or nothing.
    pub at: String,
    pub by: String,
}

impl LastTest {
    /// Without a time.
    pub fn plain(outcome: &str) -> Self {
        Self { outcome: outcome.to_owned(), ..Self::default() }
    }
}

/// What a person may do once every blocking step passed.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    Activate,
    Resume,
    /// It is active already, or the person may only look.
    Nothing,
}

/// Addresses of the connection.
#[derive(Clone, Serialize, Deserialize)]
pub struct Subject {
    pub id: ProfileId,
    pub path: String,
    pub edit: String,
    /// Whether this person may test and change it.
    pub changeable: bool,
}

#[island(lazy)]
pub fn VerificationPanel(
    subject: Subject,
    planned: Vec<Planned>,
    last: Option<VerificationView>,
    told: LastTest,
    /// Why the last test does not count any more.
    stale: Option<String>,
    then: Then,
) -> impl IntoView {
    let running = RwSignal::new(last.as_ref().is_some_and(|trial| trial.outcome == VerificationOutcome::Running));
    let told = RwSignal::new(told);
    let stale = RwSignal::new(stale);
    let trial = RwSignal::new(last);
    let live = Live { trial, running, told, stale };
    #[cfg(feature = "hydrate")]
    live.follow_if_running();
    let shown = subject.clone();
    view! {
        <header>
            <div>
                <h2>"Verification"</h2>
                // The time that passes is no news to be read out.
                <p>
                    <span role="status">{move || told.with(|told| told.outcome.clone())}</span>
                    " "
                    {moment(Signal::derive(move || told.with(|told| told.at.clone())))}
                    {move || told.with(|told| told.by.clone())}
                </p>
            </div>
            {subject.changeable.then(|| test_form(subject, live))}
        </header>
        <ol class="steps" class:live=move || running.get()>
            {move || lines(&planned, trial.get().as_ref(), running.get())}
        </ol>
        {move || (!running.get()).then(|| next_step(&shown, trial.get(), stale.get(), then))}
    }
}

/// What the panel shows, as it changes.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser changes them"))]
struct Live {
    trial: RwSignal<Option<VerificationView>>,
    running: RwSignal<bool>,
    told: RwSignal<LastTest>,
    stale: RwSignal<Option<String>>,
}

fn test_form(subject: Subject, live: Live) -> impl IntoView {
    let running = live.running;
    // Once it passed, the next act is another one.
    let quiet = move || live.stale.get().is_none() && passed(live.trial.get().as_ref());
    let id = subject.id;
    let address = form_address::<TestConnection>(&subject.path);
    view! {
        <form
            method="post"
            action=address
            on:submit=move |event| {
                event.prevent_default();
                #[cfg(feature = "hydrate")]
                live.start(id);
                let _ = &id;
            }
        >
            <input type="hidden" name="id" value=id.to_string()/>
            <button
                type="submit"
                class="button"
                class:primary=move || !quiet()
                // Not `disabled`, which would take the focus from whoever pressed it by a key.
                aria-disabled=move || running.get().then_some("true")
                aria-busy=move || running.get().then_some("true")
            >
                {move || if running.get() { "Testing…" } else { "Test connection" }}
            </button>
        </form>
    }
}

fn passed(trial: Option<&VerificationView>) -> bool {
    trial.is_some_and(|trial| trial.outcome == VerificationOutcome::Passed)
}
