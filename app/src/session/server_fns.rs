//! Set up, sign in, sign out.

use domain::error::{ErrorCode, UserError};
use engine::access::{self, SignedIn};
use leptos::{prelude::*, server};
use leptos_axum::{extract, redirect};
use tower_sessions::Session;

use super::data;
use crate::{
    action_error::{ActionError, run_anonymous_action},
    authorize::RequestContext,
    secret_input::SecretInput,
    ui::url::inside,
};

#[server(prefix = "/actions", endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: SecretInput,
    /// Where the person was going.
    #[server(default)]
    next: String,
) -> Result<(), ActionError> {
    let person = run_anonymous_action(async move |console, address| access::sign_in(&console, &email, password.reveal().into(), address).await).await?;
    enter(person).await?;
    redirect(inside(&next));
    Ok(())
}

#[server(prefix = "/actions", endpoint = "set_up")]
pub async fn set_up(token: SecretInput, email: String, password: SecretInput) -> Result<(), ActionError> {
    let person = run_anonymous_action(async move |console, _| access::set_up(&console, &token.reveal(), &email, password.reveal().into()).await).await?;
    enter(person).await?;
    redirect("/");
    Ok(())
}

#[server(prefix = "/actions", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), ActionError> {
    let session = session().await?;
    session.flush().await.map_err(failed)?;
    redirect("/sign-in");
    Ok(())
}

async fn enter(person: SignedIn) -> Result<(), ActionError> {
    data::remember(&session().await?, person).await.map_err(failed)
}

async fn session() -> Result<Session, ActionError> {
    extract().await.map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> ActionError {
    let id = use_context::<RequestContext>().map(|context| context.correlation_id);
    tracing::error!(correlation_id = id.as_ref().map(ToString::to_string), %error, "the session could not be kept");
    UserError::new(ErrorCode::DatabaseUnavailable, id).into()
}
