//! Begin, confirm, make new recovery codes, switch off.

#[cfg(feature = "ssr")]
use domain::operator::Who;
#[cfg(feature = "ssr")]
use engine::{OpsError, Scope, access::second_factor};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
#[cfg(feature = "ssr")]
use tower_sessions::Session;

#[cfg(feature = "ssr")]
use super::PATH;
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{
    action_error::run_action,
    issued,
    session::server_fns::{address, enter, session},
};

#[server]
pub async fn begin_second_factor(password: SecretInput) -> Result<(), ActionError> {
    let address = address()?;
    run_action(async move |scope| second_factor::begin(&scope, password.reveal().into(), address).await).await?;
    redirect(PATH);
    Ok(())
}

/// Every other session ends; this one goes on under a new id. The page that it leads to shows the recovery codes, once.
#[server]
pub async fn confirm_second_factor(code: SecretInput) -> Result<(), ActionError> {
    let (address, session) = (address()?, session().await?);
    let (signed_in, codes) = run_action(async move |scope| second_factor::confirm(&scope, &code.reveal(), address).await).await?;
    enter(signed_in).await?;
    let shown_at = run_action(async move |scope| keep(&scope, &session, &codes).await);
    redirect(&shown_at.await?);
    Ok(())
}

/// The page that it leads to shows the new ones, once.
#[server]
pub async fn renew_recovery_codes(code: SecretInput) -> Result<(), ActionError> {
    let (address, session) = (address()?, session().await?);
    let shown_at = run_action(async move |scope| {
        let codes = second_factor::renew_codes(&scope, &code.reveal(), address).await?;
        keep(&scope, &session, &codes).await
    });
    redirect(&shown_at.await?);
    Ok(())
}

#[server]
pub async fn switch_off_second_factor(current_password: SecretInput, last_code: SecretInput) -> Result<(), ActionError> {
    let address = address()?;
    run_action(async move |scope| second_factor::switch_off(&scope, current_password.reveal().into(), &last_code.reveal(), address).await).await?;
    redirect(PATH);
    Ok(())
}

/// Keeps recovery codes for their page, and answers its address.
#[cfg(feature = "ssr")]
async fn keep(scope: &Scope, session: &Session, codes: &[String]) -> Result<String, OpsError> {
    let Who::Operator(id) = scope.actor().who else { return Ok(PATH.to_owned()) };
    issued::keep(scope.console(), session, id, scope.actor().name.clone(), &codes.join("\n").into()).await?;
    Ok(issued::path_of(PATH, id))
}
