//! Change the password, end sessions, leave.

#[cfg(feature = "ssr")]
use domain::error::UserError;
#[cfg(feature = "ssr")]
use engine::access::{members, profile, single_sign_on as engine_sso};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::PATH;
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{
    action_error::run_action,
    session::{
        server_fns::{address, enter, failed, leave, session},
        single_sign_on,
    },
};

/// Every other session ends; this one goes on under a new id.
#[server]
pub async fn change_password(current_password: SecretInput, password: SecretInput) -> Result<(), ActionError> {
    let address = address()?;
    let changed = run_action(async move |scope| profile::change_password(&scope, current_password.reveal().into(), password.reveal().into(), address).await);
    enter(changed.await?).await?;
    redirect(&format!("{PATH}?changed=password"));
    Ok(())
}

/// From now on the person signs in with what the identity provider has vouched for, too.
#[server]
pub async fn link_identity(
    account_password: SecretInput,
    /// Of whoever has a second factor.
    #[server(default)]
    account_code: SecretInput,
) -> Result<(), ActionError> {
    let (session, address) = (session().await?, address()?);
    let own = session.clone();
    let linked = run_action(async move |scope| {
        let offer = single_sign_on::offer(scope.console(), &own).await?;
        engine_sso::link(&scope, offer, account_password.reveal().into(), &account_code.reveal(), address).await
    });
    let linked = linked.await.map_err(UserError::from);
    // What was typed can be corrected; whatever else is wrong would be so again.
    if !matches!(&linked, Err(error) if !error.fields.is_empty() || error.retryable) {
        single_sign_on::drop_offer(&session).await.map_err(failed)?;
    }
    linked?;
    redirect(PATH);
    Ok(())
}

/// From now on the person signs in with their password alone. Every other session ends; this one goes on under a new id.
#[server]
pub async fn unlink_identity(unlink_password: SecretInput) -> Result<(), ActionError> {
    let address = address()?;
    let unlinked = run_action(async move |scope| engine_sso::unlink(&scope, unlink_password.reveal().into(), address).await);
    enter(unlinked.await?).await?;
    redirect(PATH);
    Ok(())
}

#[server]
pub async fn end_session(key: String) -> Result<(), ActionError> {
    run_action(async move |scope| profile::end_session(&scope, &key).await).await?;
    redirect(PATH);
    Ok(())
}

#[server]
pub async fn sign_out_everywhere() -> Result<(), ActionError> {
    run_action(async move |scope| profile::sign_out_everywhere(&scope).await).await?;
    leave().await
}

/// Whoever belongs to another team signs in again and is there.
#[server]
pub async fn leave_team() -> Result<(), ActionError> {
    run_action(async move |scope| members::leave(&scope).await).await?;
    leave().await
}
