//! The top of the panel: what the run is over, how it stands, what may be done with it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Panel,
    moment::{Moment, moment},
};
use crate::{
    diagnostics::verdict::badge_style,
    ui::icon::{CROSS, Icon, PLAY},
};

/// What does not change while a run goes on.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunHead {
    pub title: String,
    pub requested_by: String,
    pub requested_at: Moment,
    /// Class and name.
    pub environment: Option<(String, String)>,
    pub release: Option<String>,
    /// Where *Run again* and *Cancel* post to without script; absent for those who may only look.
    pub form_actions: Option<(String, String)>,
}

pub fn head(panel: Panel, head: RunHead) -> impl IntoView {
    let RunHead { title, requested_by, requested_at, environment, release, form_actions } = head;
    let status = Memo::new(move |_| panel.view.with(|view| view.status));
    let badge = move || {
        let (word, icon, tone) = badge_style(status.get());
        view! {
            <span class=format!("badge {tone}")>
                <Icon path=icon/>
                {word}
            </span>
        }
    };
    let acts = move || {
        let (again_action, cancel_action) = form_actions.clone()?;
        Some(if status.get().is_finished() { again(panel, again_action).into_any() } else { cancel(panel, cancel_action).into_any() })
    };
    view! {
        <div class="page-head" id="run-head">
            <div>
                <h1>{title}</h1>
                <p class="facts">
                    {badge} {environment.map(|(class, name)| view! { <span class=format!("environment {class}")>{name}</span> })}
                    {release.map(|release| view! { <span class="tag">{release}</span> })} <span>"by " {requested_by} " " {moment(requested_at)}</span>
                </p>
            </div>
            <div class="page-acts">{acts}</div>
        </div>
    }
}

fn again(panel: Panel, form_action: String) -> impl IntoView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        #[cfg(feature = "hydrate")]
        panel.run_again();
    };
    view! {
        <form method="post" action=form_action on:submit=submit>
            <input type="hidden" name="id" value=panel.id.to_string()/>
            {button(panel, "button", Some(PLAY), "Run again", "Starting…")}
        </form>
    }
}

fn cancel(panel: Panel, form_action: String) -> impl IntoView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        #[cfg(feature = "hydrate")]
        panel.cancel();
    };
    view! {
        <details class="ask" name="ask">
            <summary class="button danger">
                <Icon path=CROSS/>
                "Cancel"
            </summary>
            <div class="ask-body">
                <h2>"Cancel this run?"</h2>
                <p>"It ends as interrupted, and its verdict is block. What it found so far is kept."</p>
                <form method="post" action=form_action on:submit=submit>
                    <input type="hidden" name="id" value=panel.id.to_string()/>
                    {button(panel, "button danger primary", None, "Cancel the run", "Cancelling…")}
                </form>
            </div>
        </details>
    }
}

fn button(panel: Panel, class: &'static str, icon: Option<Icon>, label: &'static str, progress: &'static str) -> impl IntoView {
    let busy = panel.busy;
    view! {
        <button type="submit" class=class aria-disabled=move || busy.get().then_some("true") aria-busy=move || busy.get().then_some("true")>
            {icon.map(|icon| view! { <Icon path=icon/> })}
            <span>{move || if busy.get() { progress } else { label }}</span>
        </button>
    }
}
