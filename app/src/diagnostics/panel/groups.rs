//! The results of a run by connection: first those where something failed; narrowed in place.

use domain::verification::StepOutcome;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Panel,
    group::{GroupView, card},
};
use crate::{
    diagnostics::path_of,
    ui::icon::{Icon, SEARCH},
};

/// Which connections of a run are shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowing {
    /// Part of a name, without regard to case.
    pub q: String,
    /// How the connection's scenarios ended, the worst of them; empty for all.
    pub outcome: String,
}

impl Narrowing {
    pub fn is_empty(&self) -> bool {
        self.q.is_empty() && self.outcome.is_empty()
    }

    /// `name` in lower case.
    pub fn fits(&self, name: &str, outcome: StepOutcome) -> bool {
        (self.outcome.is_empty() || self.outcome == value_of(outcome)) && name.contains(&lower(self.q.trim()))
    }
}

/// Which page of the connections this is.
#[derive(Clone, Serialize, Deserialize)]
pub struct GroupPages {
    /// Absent when all connections are here.
    pub pager: Option<GroupPager>,
    /// Only one connection was asked for.
    pub one_of_many: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct GroupPager {
    /// `1–200 of 640`.
    pub told: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// What an address may ask for.
#[cfg(feature = "ssr")]
pub const OUTCOMES: [&str; 3] = ["failed", "warned", "passed"];

/// In an address and a form.
const fn value_of(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Failed => "failed",
        StepOutcome::Warned => "warned",
        StepOutcome::Passed | StepOutcome::Skipped => "passed",
    }
}

/// The browser has its own tables of letters; carrying another would cost more than this panel.
pub fn lower(text: &str) -> String {
    #[cfg(feature = "hydrate")]
    return web_sys::js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(feature = "hydrate"))]
    text.to_lowercase()
}

pub fn groups(panel: Panel, groups: Vec<GroupView>, pages: GroupPages) -> impl IntoView {
    let GroupPages { pager, one_of_many } = pages;
    let none = groups.is_empty();
    let keys = StoredValue::new(groups.iter().map(|group| (lower(&group.name), group.outcome)).collect::<Vec<_>>());
    let filterable = groups.len() > 1 || pager.is_some() || panel.narrowing.with_untracked(|narrowing| !narrowing.is_empty());
    let alone = groups.len() == 1;
    let whole = pager.is_none();
    let nothing = move || {
        let some = panel.narrowing.with(|narrowing| keys.with_value(|keys| keys.iter().any(|(name, outcome)| narrowing.fits(name, *outcome))));
        (!some).then(|| view! { <div class="card nothing"><p>"No connection of this run fits the filter."</p></div> })
    };
    let all = path_of(panel.id);
    view! {
        {one_of_many.then(|| view! { <p><a href=all.clone()>"All connections of this run"</a></p> })}
        {filterable.then(|| filter(panel, all, whole))}
        {if none && !filterable {
            view! { <div class="card nothing"><p>"No results: the run ended before its first scenario did."</p></div> }.into_any()
        } else {
            nothing.into_any()
        }}
        <div class="groups">{groups.into_iter().map(|group| card(panel, group, alone)).collect_view()}</div>
        {pager.map(pages_of)}
    }
}

/// Acts at once where all connections are here; else it asks for another page.
fn filter(panel: Panel, path: String, whole: bool) -> impl IntoView {
    let narrowing = panel.narrowing;
    let Narrowing { q, outcome } = narrowing.get_untracked();
    let choices = [("", "All outcomes"), ("failed", "Failed"), ("warned", "Warning"), ("passed", "Passed")];
    let options = choices.map(|(value, word)| view! { <option value=value selected=outcome == value>{word}</option> }).collect_view();
    let submit = move |event: leptos::ev::SubmitEvent| {
        if whole {
            event.prevent_default();
        }
    };
    let narrow = move |change: fn(&mut Narrowing, String), value: String| {
        if whole {
            narrowing.update(|narrowing| change(narrowing, value));
            #[cfg(feature = "hydrate")]
            panel.write_address();
        }
    };
    view! {
        <form class="filter results-filter" method="get" action=path role="search" aria-label="Results" on:submit=submit>
            <div class="search">
                <Icon path=SEARCH/>
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=q
                    placeholder="Connection"
                    aria-label="Part of a connection's name"
                    autocomplete="off"
                    maxlength="100"
                    on:input=move |event| narrow(|narrowing, value| narrowing.q = value, event_target_value(&event))
                />
            </div>
            <select
                class="select"
                name="outcome"
                aria-label="Outcome"
                on:change=move |event| narrow(|narrowing, value| narrowing.outcome = value, event_target_value(&event))
            >
                {options}
            </select>
            <button class="button" class:without-script=whole type="submit">
                "Filter"
            </button>
        </form>
    }
}

fn pages_of(pager: GroupPager) -> impl IntoView {
    let link = |to: Option<String>, text: &'static str, rel: &'static str| to.map(|to| view! { <a class="button small" rel=rel href=to>{text}</a> });
    view! {
        <div class="card">
            <nav class="pager" aria-label="Pages">
                <span>{pager.told}</span>
                <span class="buttons">{link(pager.previous, "Previous", "prev")} {link(pager.next, "Next", "next")}</span>
            </nav>
        </div>
    }
}
