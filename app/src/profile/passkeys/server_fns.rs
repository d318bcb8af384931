//! Begin, add, remove.

use domain::ids::PasskeyId;
#[cfg(feature = "ssr")]
use engine::access::passkeys;
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{
    action_error::run_action,
    profile::PATH,
    session::{
        passkey::pending,
        server_fns::{address, enter, session},
    },
};

/// The page that it leads to has the browser make it.
#[server]
pub async fn begin_passkey(
    passkey_name: String,
    passkey_password: SecretInput,
    /// Of whoever has a second factor.
    #[server(default)]
    passkey_code: SecretInput,
) -> Result<(), ActionError> {
    let (session, address) = (session().await?, address()?);
    run_action(async move |scope| {
        let begun = passkeys::begin(&scope, &passkey_name, passkey_password.reveal().into(), &passkey_code.reveal(), address).await?;
        pending::keep_begun(scope.console(), &session, &begun).await
    })
    .await?;
    redirect(PATH);
    Ok(())
}

/// This session goes on under a new id, as one with two factors.
#[server]
pub async fn add_passkey(
    /// Of the browser (`RegistrationResponseJSON` of WebAuthn).
    answer: String,
) -> Result<(), ActionError> {
    let session = session().await?;
    let added = run_action(async move |scope| {
        let begun = pending::take_begun(scope.console(), &session).await?;
        passkeys::add(&scope, begun, &answer).await
    });
    enter(added.await?).await?;
    redirect(PATH);
    Ok(())
}

/// Every other session ends; this one goes on under a new id.
#[server]
pub async fn remove_passkey(
    removed: PasskeyId,
    removal_password: SecretInput,
    /// Of whoever has a second factor.
    #[server(default)]
    removal_code: SecretInput,
) -> Result<(), ActionError> {
    let address = address()?;
    let remaining = run_action(async move |scope| passkeys::remove(&scope, removed, removal_password.reveal().into(), &removal_code.reveal(), address).await);
    enter(remaining.await?).await?;
    redirect(PATH);
    Ok(())
}
