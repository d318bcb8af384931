//! Set up, sign in, join and switch teams, sign out.

#[cfg(feature = "ssr")]
use axum::http::HeaderMap;
use domain::ids::TeamId;
#[cfg(feature = "ssr")]
use domain::{
    error::{ErrorCode, FieldError, UserError},
    local_path::LocalPath,
    operator::Proof,
};
#[cfg(feature = "ssr")]
use engine::access::{self, FirstStep, SignedIn, invitations, teams};
#[cfg(feature = "ssr")]
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_axum::{extract, redirect};
#[cfg(feature = "ssr")]
use std::net::IpAddr;
#[cfg(feature = "ssr")]
use tower_sessions::Session;

#[cfg(feature = "ssr")]
use super::{
    data::{self, Visitor},
    second_step, single_sign_on,
};
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{
    action_error::{run_action, run_anonymous_action},
    authorize::{RequestContext, actor, in_scope, refused},
};

#[server]
pub async fn sign_in(
    email: String,
    password: SecretInput,
    /// Where the person was going.
    #[server(default)]
    next: String,
) -> Result<(), ActionError> {
    let signed_in = run_anonymous_action(async move |console, client| access::sign_in(&console, &email, password.reveal().into(), client).await)
        .await
        .map_err(in_the_card)?;
    match signed_in {
        FirstStep::SignedIn(person) => {
            enter(person).await?;
            redirect(LocalPath::or_overview(&next).as_str());
        }
        FirstStep::PendingSecondFactor(half_way) => second_step::lead_to(half_way, &next).await?,
    }
    Ok(())
}

#[server]
pub async fn set_up(token: SecretInput, email: String, password: SecretInput) -> Result<(), ActionError> {
    let person = run_anonymous_action(async move |console, client| access::set_up(&console, &token.reveal(), &email, password.reveal().into(), client).await)
        .await
        .map_err(in_the_card)?;
    enter(person).await?;
    redirect("/");
    Ok(())
}

#[server]
pub async fn sign_out() -> Result<(), ActionError> {
    if actor().is_some() {
        // Nobody is kept from leaving.
        let _ = in_scope(async |scope| {
            scope.signed_out().await;
            Ok(())
        })
        .await;
    }
    leave().await
}

/// Joins a team by an invitation: with a new account, or with the one that has its address.
#[server]
pub async fn accept_invitation(token: SecretInput, password: SecretInput) -> Result<(), ActionError> {
    let accepted = run_anonymous_action(async move |console, address| invitations::accept(&console, &token.reveal(), password.reveal().into(), address).await);
    enter(accepted.await.map_err(in_the_card)?).await?;
    redirect("/");
    Ok(())
}

/// Joins a team by an invitation as the person who is signed in.
#[server]
pub async fn join_team(token: SecretInput) -> Result<(), ActionError> {
    let signed_in = signed_in().await?;
    let joined = run_action(async move |scope| invitations::join(&scope, &token.reveal(), signed_in).await);
    enter(joined.await.map_err(in_the_card)?).await?;
    redirect("/");
    Ok(())
}

/// Goes on in another team of the person, under a new session id.
#[server]
pub async fn switch_team(id: TeamId) -> Result<(), ActionError> {
    let signed_in = signed_in().await?;
    let switched = run_action(async move |scope| teams::switch(&scope, id, signed_in).await);
    enter(switched.await?).await?;
    redirect("/");
    Ok(())
}

/// What these forms say of themselves, rather than of one input.
#[cfg(feature = "ssr")]
pub const WHOLE_FORM: &str = "form";

/// A refusal is told where the person is looking; only a fault of the console is a matter for whoever runs it.
#[cfg(feature = "ssr")]
pub fn in_the_card(error: ActionError) -> ActionError {
    let mut error = UserError::from(error);
    if error.fields.is_empty()
        && matches!(
            error.code,
            ErrorCode::SignInRefused
                | ErrorCode::PasskeyRefused
                | ErrorCode::PasswordsOff
                | ErrorCode::SecondFactorRefused
                | ErrorCode::SecondStepExpired
                | ErrorCode::SetupLinkInvalid
                | ErrorCode::InvitationInvalid
                | ErrorCode::TooManyRequests
        )
    {
        error.fields.push(FieldError::new(WHOLE_FORM, error.in_full()));
    }
    error.into()
}

/// Gives the session a new id and remembers the person.
///
/// # Errors
/// The session could not be kept.
#[cfg(feature = "ssr")]
pub async fn enter(person: SignedIn) -> Result<(), ActionError> {
    let headers: HeaderMap = extract().await.map_err(failed)?;
    data::remember(&session().await?, person, Visitor::of(address()?, &headers)).await.map_err(failed)
}

/// Ends the session.
///
/// # Errors
/// The session could not be ended.
#[cfg(feature = "ssr")]
pub async fn leave() -> Result<(), ActionError> {
    let session = session().await?;
    let from_provider = data::signed_in(&session).await.map_err(failed)?.is_some_and(|signed_in| signed_in.proof == Proof::Provider);
    session.flush().await.map_err(failed)?;
    redirect(if from_provider { single_sign_on::LEFT } else { "/sign-in" });
    Ok(())
}

/// Whence the request comes.
///
/// # Errors
/// Nothing is known of the request.
#[cfg(feature = "ssr")]
pub fn address() -> Result<IpAddr, ActionError> {
    use_context::<RequestContext>().map(|context| context.address).ok_or_else(|| UserError::new(ErrorCode::Internal, None).into())
}

/// Who is signed in, since when.
#[cfg(feature = "ssr")]
async fn signed_in() -> Result<SignedIn, ActionError> {
    let found = data::signed_in(&session().await?).await.map_err(failed)?;
    // A program has no session.
    let code = if actor().is_some() { ErrorCode::Forbidden } else { ErrorCode::SignInRequired };
    found.ok_or_else(|| refused(code).into())
}

/// The session of the request.
#[cfg(feature = "ssr")]
pub async fn session() -> Result<Session, ActionError> {
    extract().await.map_err(failed)
}

/// The session could not be read or kept.
#[cfg(feature = "ssr")]
pub fn failed(error: impl std::fmt::Display) -> ActionError {
    let id = use_context::<RequestContext>().map(|context| context.correlation_id);
    tracing::error!(correlation_id = id.as_ref().map(ToString::to_string), %error, "the session could not be kept");
    UserError::new(ErrorCode::DatabaseUnavailable, id).into()
}
