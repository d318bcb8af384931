//! Who is on call, who is next, and the link by which somebody takes an incident on.

#[cfg(feature = "ssr")]
mod acknowledge;
#[cfg(feature = "ssr")]
mod contact;
#[cfg(feature = "ssr")]
mod escalation;
#[cfg(feature = "ssr")]
mod overview;
#[cfg(feature = "ssr")]
mod schedule;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod shifts;

#[cfg(feature = "ssr")]
pub use self::{
    acknowledge::AcknowledgePage,
    contact::ContactPage,
    escalation::EscalationPage,
    overview::OnCallPage,
    schedule::{SchedulePage, days},
};

pub const LIST: &str = "/settings/on-call";
const CONTACT: &str = "/settings/on-call/contact";
const SCHEDULE: &str = "/settings/on-call/schedule";
const ESCALATION: &str = "/settings/on-call/escalation";

/// Where a contact is changed.
#[cfg(feature = "ssr")]
pub fn path_of_contact(id: domain::ids::ContactId) -> String {
    form_of(CONTACT, Some(domain::ids::Id::from_uuid(id.as_uuid())))
}

/// The form of one thing, or of a new one.
#[cfg(feature = "ssr")]
fn form_of(page: &str, id: Option<domain::ids::Id<()>>) -> String {
    id.map_or_else(|| page.to_owned(), |id| format!("{page}?id={id}"))
}

/// The hidden fields of what is changed: its id, and the version that the person saw.
#[cfg(feature = "ssr")]
fn changed((id, version): (domain::ids::Id<()>, i64), form_state: &crate::ui::form::FormState) -> impl leptos::prelude::IntoView + use<> {
    use leptos::prelude::*;
    let seen = form_state.version(version);
    view! {
        <input type="hidden" name="id" value=id.to_string()/>
        <input type="hidden" name="version" value=seen/>
    }
}

/// The one that the page's address names.
#[cfg(feature = "ssr")]
fn asked_for() -> Option<domain::ids::Id<()>> {
    use leptos::prelude::*;
    leptos_router::hooks::use_query_map().read_untracked().get("id").and_then(|id| id.parse().ok())
}
