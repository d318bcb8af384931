//! Forms that work as plain posts, and are improved in the browser: no reload, no second press, errors in place.

use std::sync::Arc;

use leptos::prelude::*;

use super::{icon::Icon, input_name::field_error, url::form_action};
use crate::form_outcome::ActionFailure;

/// What was typed into a form that was refused; empty on a fresh one.
#[derive(Clone)]
pub struct FormState(Option<Arc<ActionFailure>>);

impl FormState {
    /// What this request brought for `act`.
    pub fn into_form_of(act: &str) -> Self {
        Self(use_context::<ActionFailure>().filter(|refused| refused.act == act).map(Arc::new))
    }

    /// Whether this page answers a form that was refused.
    pub const fn is_refused(&self) -> bool {
        self.0.is_some()
    }

    pub fn text(&self, input: &str, otherwise: impl Into<String>) -> String {
        match &self.0 {
            Some(refused) => refused.values.iter().find(|(name, _)| name == input).map_or_else(String::new, |(_, value)| value.clone()),
            None => otherwise.into(),
        }
    }

    /// Browsers leave out a box that is not ticked.
    pub fn ticked(&self, input: &str, otherwise: bool) -> bool {
        self.0.as_ref().map_or(otherwise, |refused| refused.values.iter().any(|(name, _)| name == input))
    }

    /// Whether this one of several boxes of a name was ticked.
    pub fn chose(&self, input: &str, choice: &str) -> bool {
        self.0.as_ref().is_some_and(|refused| refused.values.iter().any(|(name, value)| name == input && value == choice))
    }

    pub fn error(&self, input: &str) -> Option<String> {
        field_error(&self.0.as_ref()?.error, input)
    }
}

/// A form that posts to `act`.
#[component]
pub fn ActionForm(
    act: &'static str,
    #[prop(optional)] class: &'static str,
    /// Leaves the post to the browser: for acts whose answer is shown once by the page itself.
    #[prop(optional)]
    plain: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=form_action(act) class=class data-act=act data-plain=plain novalidate>
            {children()}
        </form>
    }
}

/// The button that sends a form; it names the act, and says so while the act runs.
#[component]
pub fn Submit(
    #[prop(into)] label: String,
    /// Shown while the act runs, such as `Saving…`.
    #[prop(into)]
    progress: String,
    #[prop(default = "primary")] class: &'static str,
    #[prop(optional)] icon: Option<Icon>,
) -> impl IntoView {
    view! {
        <button type="submit" class=format!("button {class}") data-progress=progress>
            {icon.map(|icon| view! { <Icon path=icon/> })}
            <span>{label}</span>
        </button>
    }
}
