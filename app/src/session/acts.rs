//! Set up, sign in, sign out.

use leptos::{prelude::*, server};
use leptos_axum::{extract, redirect};
use switchboard::{
    domain::error::{ErrorCode, UserError},
    engine::access::{self, SignedIn},
};
use tower_sessions::Session;

use super::keeping;
use crate::{
    act::{ActError, act_anonymous},
    call::RequestContext,
    concealed::Concealed,
    ui::here::inside,
};

#[server(prefix = "/act", endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: Concealed,
    /// Where the person was going.
    #[server(default)]
    next: String,
) -> Result<(), ActError> {
    let person = act_anonymous(async move |console, address| access::sign_in(&console, &email, password.reveal().into(), address).await).await?;
    enter(person).await?;
    redirect(inside(&next));
    Ok(())
}

#[server(prefix = "/act", endpoint = "set_up")]
pub async fn set_up(token: Concealed, email: String, password: Concealed) -> Result<(), ActError> {
    let person = act_anonymous(async move |console, _| access::set_up(&console, &token.reveal(), &email, password.reveal().into()).await).await?;
    enter(person).await?;
    redirect("/");
    Ok(())
}

#[server(prefix = "/act", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), ActError> {
    let session = session().await?;
    session.flush().await.map_err(failed)?;
    redirect("/sign-in");
    Ok(())
}

async fn enter(person: SignedIn) -> Result<(), ActError> {
    keeping::remember(&session().await?, person).await.map_err(failed)
}

async fn session() -> Result<Session, ActError> {
    extract().await.map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> ActError {
    let id = use_context::<RequestContext>().map(|context| context.correlation_id);
    tracing::error!(correlation_id = id.as_ref().map(ToString::to_string), %error, "the session could not be kept");
    UserError::new(ErrorCode::DatabaseUnavailable, id).into()
}
