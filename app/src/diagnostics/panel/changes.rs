//! A run against what was before: what fails now, what is well again, what became slow.

use domain::ids::RunId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Panel,
    moment::{Moment, moment},
};
use crate::{
    diagnostics::path_of,
    ui::icon::{CHECK, CROSS, DASH, Icon, PULSE},
};

#[derive(Clone, Serialize, Deserialize)]
pub struct ChangesView {
    /// Said where there is nothing to list.
    pub quiet: Option<String>,
    pub lists: Vec<ChangeList>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeSort {
    FailsNow,
    StillFails,
    PassesAgain,
    Slower,
}

/// Changes of one sort.
#[derive(Clone, Serialize, Deserialize)]
pub struct ChangeList {
    pub sort: ChangeSort,
    pub heading: String,
    /// The first of them.
    pub changes: Vec<Change>,
    /// How many more there are, in words.
    pub more: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Change {
    pub what: String,
    /// How much slower.
    pub told: String,
    /// The last run in which it passed.
    pub passed: Option<(RunId, Moment)>,
}

/// A run that this one may be compared with.
#[derive(Clone, Serialize, Deserialize)]
pub struct EarlierRun {
    pub id: String,
    pub told: String,
}

pub fn card(panel: Panel, first: ChangesView, earlier: Vec<EarlierRun>) -> AnyView {
    let changes = RwSignal::new(first);
    let drawn = move || {
        let ChangesView { quiet, lists } = changes.get();
        view! {
            {quiet.map(|text| view! { <p class="quiet">{text}</p> })}
            {lists.into_iter().map(list).collect_view()}
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="changes">
            <header>
                <h2 id="changes">"Since the last run"</h2>
            </header>
            {(!earlier.is_empty()).then(|| choice(panel, changes, earlier))}
            <div class="body changes" aria-live="polite">
                {drawn}
            </div>
        </section>
    }
    .into_any()
}

fn choice(panel: Panel, changes: RwSignal<ChangesView>, earlier: Vec<EarlierRun>) -> AnyView {
    let against = panel.against.get_untracked();
    let chosen = against.clone();
    let options = earlier.into_iter().map(move |run| view! { <option selected=run.id == chosen value=run.id>{run.told}</option> }).collect_view();
    let change = move |event: leptos::ev::Event| {
        panel.against.set(event_target_value(&event));
        #[cfg(feature = "hydrate")]
        panel.compare(changes);
        let _ = changes;
    };
    view! {
        <form class="compare" method="get" action=path_of(panel.id)>
            <select class="select" name="against" aria-label="Compare with" on:change=change>
                <option value="" selected=against.is_empty()>"The time before each"</option>
                {options}
            </select>
            <button class="button without-script" type="submit">
                "Compare"
            </button>
        </form>
    }
    .into_any()
}

fn list(list: ChangeList) -> AnyView {
    let (tone, icon) = match list.sort {
        ChangeSort::FailsNow => ("bad", CROSS),
        ChangeSort::StillFails => ("bad", DASH),
        ChangeSort::PassesAgain => ("good", CHECK),
        ChangeSort::Slower => ("warn", PULSE),
    };
    view! {
        <h3 class=tone><Icon path=icon/> {list.heading}</h3>
        <ul>
            {list.changes.into_iter().map(line).collect_view()} {list.more.map(|more| view! { <li class="quiet">{more}</li> })}
        </ul>
    }
    .into_any()
}

fn line(Change { what, told, passed }: Change) -> AnyView {
    let passed = passed.map(|(run, at)| view! { " last passed " <a href=path_of(run)>{moment(at)}</a> });
    view! {
        <li>
            {what}
            <span class="quiet">{told} {passed}</span>
        </li>
    }
    .into_any()
}
