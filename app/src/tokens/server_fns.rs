//! Issue, rotate and revoke.

#[cfg(feature = "ssr")]
use domain::error::FieldError;
use domain::{environment::Environment, ids::ApiTokenId, operator::Role};
#[cfg(feature = "ssr")]
use engine::{
    OpsError,
    access::tokens::{self, NewToken},
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
#[cfg(feature = "ssr")]
use std::time::Duration;

#[cfg(feature = "ssr")]
use super::page::PATH;
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, issued, session::server_fns::session};

/// The page that it leads to shows the secret, once.
#[server]
pub async fn issue_token(
    name: String,
    role: Role,
    /// None means all.
    #[server(default)]
    environments: Vec<Environment>,
    /// After which it ends; empty means not by itself.
    #[server(default)]
    days: String,
) -> Result<(), ActionError> {
    let session = session().await?;
    let id = run_action(async move |scope| {
        let days: Option<u16> = Some(days).filter(|days| !days.is_empty()).map(|days| days.parse()).transpose().map_err(|_| not_days())?;
        let new = NewToken {
            environments: (!environments.is_empty()).then(|| environments.into_iter().collect()),
            expires_at: days.map(|days| scope.console().clock.now() + Duration::from_secs(u64::from(days) * 24 * 60 * 60)),
            ..NewToken::of(name, role)
        };
        let (token, secret) = tokens::issue(&scope, new).await?;
        issued::keep(scope.console(), &session, token.id, token.name, &secret).await?;
        Ok(token.id)
    })
    .await?;
    redirect(&issued::path_of(PATH, id));
    Ok(())
}

/// The page that it leads to shows the new secret, once; the old one goes on for so many minutes.
#[server]
pub async fn rotate_token(id: ApiTokenId, grace_minutes: u16) -> Result<(), ActionError> {
    let session = session().await?;
    run_action(async move |scope| {
        let (token, secret) = tokens::rotate(&scope, id, Duration::from_secs(u64::from(grace_minutes) * 60)).await?;
        issued::keep(scope.console(), &session, token.id, token.name, &secret).await
    })
    .await?;
    redirect(&issued::path_of(PATH, id));
    Ok(())
}

#[cfg(feature = "ssr")]
fn not_days() -> OpsError {
    OpsError::Invalid(vec![FieldError::new("days", "A whole number of days.")])
}

#[server]
pub async fn revoke_token(id: ApiTokenId) -> Result<(), ActionError> {
    run_action(async move |scope| tokens::revoke(&scope, id).await).await?;
    redirect(PATH);
    Ok(())
}
