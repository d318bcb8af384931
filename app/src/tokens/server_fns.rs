//! Issue, change, rotate and revoke.

#[cfg(feature = "ssr")]
use domain::time::Timestamp;
use domain::{environment::Environment, ids::ApiTokenId, operator::Role, permission::Permission};
#[cfg(feature = "ssr")]
use engine::{
    OpsError, Scope,
    access::tokens::{self, NewToken, TokenEdit},
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
#[cfg(feature = "ssr")]
use std::{collections::BTreeSet, time::Duration};

#[cfg(feature = "ssr")]
use super::PATH;
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, issued, session::server_fns::session};

/// Of the end of a token that is changed: it stays.
#[cfg(feature = "ssr")]
pub const AS_IT_IS: &str = "as_it_is";

/// The page that it leads to shows the secret, once.
#[server]
pub async fn issue_token(
    name: String,
    role: Role,
    /// None means all.
    #[server(default)]
    environments: Vec<Environment>,
    /// None means all that the role has.
    #[server(default)]
    permissions: Vec<Permission>,
    /// After which it ends; empty means not by itself.
    #[server(default)]
    days: String,
) -> Result<(), ActionError> {
    let session = session().await?;
    let id = run_action(async move |scope| {
        let new = NewToken { environments: some(environments), permissions: some(permissions), expires_at: end(&scope, &days)?, ..NewToken::of(name, role) };
        let (token, secret) = tokens::issue(&scope, new).await?;
        issued::keep(scope.console(), &session, token.id, token.name, &secret).await?;
        Ok(token.id)
    })
    .await?;
    redirect(&issued::path_of(PATH, id));
    Ok(())
}

/// What is not ticked is taken away; the secret stays.
#[server]
pub async fn edit_token(
    id: ApiTokenId,
    name: String,
    role: Role,
    /// None means all.
    #[server(default)]
    environments: Vec<Environment>,
    /// None means all that the role has.
    #[server(default)]
    permissions: Vec<Permission>,
    /// From now; empty means not by itself.
    days: String,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        let expires_at = if days == AS_IT_IS { None } else { Some(end(&scope, &days)?) };
        let edit = TokenEdit { name: Some(name), role: Some(role), environments: Some(some(environments)), permissions: Some(some(permissions)), expires_at };
        tokens::edit(&scope, id, edit).await
    })
    .await?;
    redirect(PATH);
    Ok(())
}

/// What was ticked, where anything was.
#[cfg(feature = "ssr")]
fn some<T: Ord>(ticked: Vec<T>) -> Option<BTreeSet<T>> {
    (!ticked.is_empty()).then(|| ticked.into_iter().collect())
}

/// So many days from now.
#[cfg(feature = "ssr")]
fn end(scope: &Scope, days: &str) -> Result<Option<Timestamp>, OpsError> {
    if days.is_empty() {
        return Ok(None);
    }
    let days: u16 = days.parse().map_err(|_| OpsError::invalid("days", "A whole number of days."))?;
    Ok(Some(scope.console().clock.now() + Duration::from_secs(u64::from(days) * 24 * 60 * 60)))
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

#[server]
pub async fn revoke_token(id: ApiTokenId) -> Result<(), ActionError> {
    run_action(async move |scope| tokens::revoke(&scope, id).await).await?;
    redirect(PATH);
    Ok(())
}
