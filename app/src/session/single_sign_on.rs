//! Single sign-on: what a session remembers of it, and its part of the sign-in page.

use domain::{error::ErrorCode, local_path::LocalPath};
use engine::{
    Console, OpsError,
    access::single_sign_on::{Journey, Offer},
    identity_provider::IdentityProvider,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use tower_sessions::{Session, session::Error};

use super::sealed::{keep, read, take};
use crate::ui::{
    icon::{ALERT, Icon},
    url::query,
};

/// Leads to the provider: with `next` to sign in, with `link` to link the account of whoever is signed in.
pub const START: &str = "/sign-in/start";
/// Where the provider sends people back to.
pub const CALLBACK: &str = "/sign-in/callback";
/// Leads to the provider to be signed out there.
pub const SIGN_OUT: &str = "/sign-in/sign-out";
/// The sign-in page, for whoever has signed out here and came by the provider.
pub const LEFT: &str = "/sign-in?left=provider";
/// In the query of a page: the code of why it came to nothing.
pub const REFUSED: &str = "refused";

const JOURNEY: &str = "single_sign_on_journey";
const OFFER: &str = "single_sign_on_offer";

/// Remembers one journey, in place of an earlier one.
///
/// # Errors
/// The session store failed.
pub async fn keep_journey(console: &Console, session: &Session, journey: &Journey) -> Result<(), OpsError> {
    keep(console, session, JOURNEY, journey).await
}

/// The journey that was begun. It is gone from the session before anything comes of it, so that nobody ends it twice.
///
/// # Errors
/// The session store failed.
pub async fn take_journey(console: &Console, session: &Session) -> Result<Option<Journey>, OpsError> {
    take(console, session, JOURNEY).await
}

/// # Errors
/// The session store failed.
pub async fn keep_offer(console: &Console, session: &Session, offer: &Offer) -> Result<(), OpsError> {
    keep(console, session, OFFER, offer).await
}

/// The identity that waits to be linked.
///
/// # Errors
/// The session store failed.
pub async fn offer(console: &Console, session: &Session) -> Result<Option<Offer>, OpsError> {
    read(console, session, OFFER).await
}

/// # Errors
/// The session store failed.
pub async fn drop_offer(session: &Session) -> Result<(), Error> {
    session.remove_value(OFFER).await.map(drop)
}

pub fn provider() -> Option<IdentityProvider> {
    use_context::<Console>()?.identity_provider
}

/// Whether anyone may sign in with a password.
pub fn takes_passwords() -> bool {
    use_context::<Console>().is_none_or(|console| console.takes_passwords())
}

/// Leads to the provider and back to the page `next`; nothing where there is none.
#[component]
pub fn SingleSignOn(next: String) -> impl IntoView {
    let provider = provider()?;
    let name = provider.settings().name.clone();
    let start = format!("{START}{}", query([("next", LocalPath::or_overview(&next).as_str())]));
    let left = use_query_map().read_untracked().get("left").is_some();
    let class = if takes_passwords() { "button provider" } else { "button provider primary" };
    Some(view! {
        <NotLetIn/>
        {left.then(|| view! { <Left name=name.clone() has_way_out=provider.offers_sign_out()/> })}
        <a class=class href=start>
            {format!("Sign in with {name}")}
        </a>
        {takes_passwords().then(|| view! { <p class="or">"or with a password"</p> })}
    })
}

/// Why somebody came back with nothing.
#[component]
pub fn NotLetIn() -> impl IntoView {
    let code: ErrorCode = use_query_map().read_untracked().get(REFUSED)?.parse().ok()?;
    let text = code.text();
    Some(view! {
        <div class="notice bad">
            <Icon path=ALERT/>
            <p role="alert">{format!("{} {}", text.message, text.remediation)}</p>
        </div>
    })
}

/// The next person at this browser could come in without a password.
#[component]
fn Left(name: String, has_way_out: bool) -> impl IntoView {
    view! {
        <div class="notice">
            <Icon path=ALERT/>
            <p role="status">
                {format!("You are signed out here, but perhaps not of {name}. ")}
                {has_way_out.then(|| view! { <a href=SIGN_OUT>{format!("Sign out of {name}")}</a> })}
            </p>
        </div>
    }
}
