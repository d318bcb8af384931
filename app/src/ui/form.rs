//! Forms that work as plain posts, and are improved in the browser: no reload, no second press, errors in place.

use std::{marker::PhantomData, sync::Arc};

use domain::error::{ErrorCode, UserError};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{draft::ShownTo, icon::Icon, input_name::field_error, markup::MarkupChildren, trace::Trace, url::here};
use crate::{action::form_address, authorize::actor, form_outcome::ActionFailure};

/// What was typed into a form that was refused, or not sent; empty on a fresh one.
#[derive(Clone)]
pub struct FormState(Option<Arc<ActionFailure>>);

impl FormState {
    /// What this request brought for the form of `F`.
    pub fn of<F: ServerFn>() -> Self {
        Self(ActionFailure::of::<F>().map(Arc::new))
    }

    /// What was typed before the page was read again for something else.
    pub fn holding(values: Vec<(String, String)>) -> Self {
        Self(Some(Arc::new(ActionFailure::unsent(String::new(), values))))
    }

    /// Whether this page shows again what was typed.
    pub const fn is_refused(&self) -> bool {
        self.0.is_some()
    }

    pub fn text(&self, input: &str, otherwise: impl Into<String>) -> String {
        match &self.0 {
            Some(refused) => refused.values.iter().find(|(name, _)| name == input).map_or_else(String::new, |(_, value)| value.clone()),
            None => otherwise.into(),
        }
    }

    /// Of an input that may be given more than once.
    pub fn all(&self, input: &str) -> impl Iterator<Item = &str> {
        let values = self.0.iter().flat_map(|refused| &refused.values);
        values.filter(move |(name, _)| name == input).map(|(_, value)| value.as_str())
    }

    /// Browsers leave out a box that is not ticked.
    pub fn ticked(&self, input: &str, otherwise: bool) -> bool {
        self.0.as_ref().map_or(otherwise, |refused| refused.values.iter().any(|(name, _)| name == input))
    }

    /// Whether this one of several boxes of a name was ticked.
    pub fn chose(&self, input: &str, choice: &str) -> bool {
        self.all(input).any(|value| value == choice)
    }

    /// The version that the change is made from: the one that the person began with, until they have been told that another stands.
    pub fn version(&self, stands: i64) -> String {
        let is_told = self.refusal().is_some_and(|error| error.code == ErrorCode::VersionStale);
        if is_told { stands.to_string() } else { self.text("version", stands.to_string()) }
    }

    /// Whether anything of those that stand below `place`, such as `heartbeat`, is wrong.
    pub fn is_wrong_below(&self, place: &str) -> bool {
        let below = |field: &str| field.strip_prefix(place).is_some_and(|rest| rest.starts_with('.'));
        self.refusal().is_some_and(|error| error.fields.iter().any(|error| below(&error.field)))
    }

    pub fn error(&self, input: &str) -> Option<String> {
        field_error(self.refusal()?, input)
    }

    fn refusal(&self) -> Option<&UserError> {
        self.0.as_ref()?.error.as_ref()
    }
}

/// The end of a form that was refused at its fields: what an operator finds the refusal by. Of who signs in, nothing is told but that.
#[component]
pub fn RefusedAs(form_state: FormState) -> impl IntoView {
    let refused = form_state.0.filter(|refused| refused.is_told_at_fields() && actor().is_some())?;
    let id = refused.error.as_ref()?.correlation_id.clone()?;
    Some(view! { <Trace id=id class="refused-as"/> })
}

/// A form that calls the server function `F`.
#[component]
pub fn ActionForm<F: ServerFn + 'static>(
    #[prop(optional)] _action: PhantomData<F>,
    #[prop(optional)] class: &'static str,
    /// Brings the page's parts up to date instead of reading it anew, so that what is typed elsewhere on it stays.
    #[prop(optional)]
    stay: bool,
    /// Ends the session, after which nothing that was typed is kept.
    #[prop(optional)]
    signs_out: bool,
    children: MarkupChildren,
) -> impl IntoView {
    let address = form_address::<F>(&here());
    let form_state = FormState::of::<F>();
    view! {
        <form method="post" action=address class=class data-enhance="" data-stay=stay data-signs-out=signs_out novalidate>
            <ShownTo/>
            {children.write()}
            <RefusedAs form_state=form_state/>
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
