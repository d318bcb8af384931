//! Set up, sign in, sign out.

#[cfg(feature = "ssr")]
use domain::{
    error::{ErrorCode, FieldError, UserError},
    local_path::LocalPath,
};
#[cfg(feature = "ssr")]
use engine::{access, access::SignedIn};
#[cfg(feature = "ssr")]
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_axum::{extract, redirect};
#[cfg(feature = "ssr")]
use tower_sessions::Session;

#[cfg(feature = "ssr")]
use super::data;
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{
    action_error::run_anonymous_action,
    authorize::{RequestContext, actor, in_scope},
};

#[server]
pub async fn sign_in(
    email: String,
    password: SecretInput,
    /// Where the person was going.
    #[server(default)]
    next: String,
) -> Result<(), ActionError> {
    let person = run_anonymous_action(async move |console, client| access::sign_in(&console, &email, password.reveal().into(), client).await)
        .await
        .map_err(in_the_card)?;
    enter(person).await?;
    redirect(LocalPath::or_overview(&next).as_str());
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
    let session = session().await?;
    session.flush().await.map_err(failed)?;
    redirect("/sign-in");
    Ok(())
}

/// What these forms say of themselves, rather than of one input.
#[cfg(feature = "ssr")]
pub const WHOLE_FORM: &str = "form";

/// A refusal is told where the person is looking; only a fault of the console is a matter for whoever runs it.
#[cfg(feature = "ssr")]
fn in_the_card(error: ActionError) -> ActionError {
    let mut error = UserError::from(error);
    if error.fields.is_empty() && matches!(error.code, ErrorCode::SignInRefused | ErrorCode::SetupLinkInvalid | ErrorCode::TooManyRequests) {
        error.fields.push(FieldError::new(WHOLE_FORM, format!("{} {}", error.message, error.remediation)));
    }
    error.into()
}

#[cfg(feature = "ssr")]
async fn enter(person: SignedIn) -> Result<(), ActionError> {
    data::remember(&session().await?, person).await.map_err(failed)
}

/// The session of the request.
#[cfg(feature = "ssr")]
pub async fn session() -> Result<Session, ActionError> {
    extract().await.map_err(failed)
}

#[cfg(feature = "ssr")]
fn failed(error: impl std::fmt::Display) -> ActionError {
    let id = use_context::<RequestContext>().map(|context| context.correlation_id);
    tracing::error!(correlation_id = id.as_ref().map(ToString::to_string), %error, "the session could not be kept");
    UserError::new(ErrorCode::DatabaseUnavailable, id).into()
}
