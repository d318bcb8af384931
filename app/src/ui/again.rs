//! Sends a refused form again as it was, also without script: under its correlation ID as key, so that it is done once.

use leptos::prelude::*;

use super::toast::AGAIN;
use crate::{action::ONCE, form_outcome::ActionFailure};

/// The form, for a button that names [`AGAIN`] as its form.
#[component]
pub fn Again(failure: ActionFailure) -> impl IntoView {
    let id = failure.error.as_ref().and_then(|error| error.correlation_id.as_ref());
    let key = id.map(ToString::to_string).unwrap_or_default();
    let address = format!("{}&{ONCE}={key}", failure.address());
    let input = |(name, value)| view! { <input type="hidden" name=name value=value/> };
    view! {
        <form id=AGAIN method="post" action=address data-enhance="">
            {failure.values.into_iter().map(input).collect_view()}
        </form>
    }
}
