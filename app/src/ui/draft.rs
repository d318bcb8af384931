//! What a page says and hides of [drafts](crate::draft).

use leptos::prelude::*;

use super::icon::{ALERT, Icon};
use crate::{
    draft::{Mark, SHOWN_TO},
    form_outcome::ActionFailure,
};

/// Stands in each form of whoever is signed in, so that it is theirs though their session has ended.
#[component]
pub fn ShownTo() -> impl IntoView {
    use_context::<Mark>().map(|Mark(mark)| view! { <input type="hidden" name=SHOWN_TO value=mark/> })
}

/// Says on the page that it shows a draft; nothing otherwise.
#[component]
pub fn Unsent() -> impl IntoView {
    use_context::<ActionFailure>().filter(|shown| shown.error.is_none()).map(|_| {
        view! {
            <div class="notice warn unsent" role="alert">
                <Icon path=ALERT/>
                <p>"Your session had ended before this was saved: look it over, enter again what is secret, and send it once more."</p>
            </div>
        }
    })
}

/// Says on the sign-in page that something waits; nothing otherwise.
#[component]
pub fn DraftWaits(is_kept: bool) -> impl IntoView {
    is_kept.then(|| {
        view! {
            <div class="notice">
                <Icon path=ALERT/>
                <p role="status">"Your session has ended. What you typed is kept until you have signed in, except for secrets."</p>
            </div>
        }
    })
}
