//! Sign in with a passkey.

#[cfg(feature = "ssr")]
use domain::local_path::LocalPath;
#[cfg(feature = "ssr")]
use engine::access::passkeys;
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::pending;
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{
    action_error::run_anonymous_action,
    session::server_fns::{enter, in_the_card, session},
};

/// Answers what the browser is asked (`PublicKeyCredentialRequestOptionsJSON` of WebAuthn), which this session remembers.
#[server]
pub async fn begin_passkey_sign_in() -> Result<String, ActionError> {
    let session = session().await?;
    run_anonymous_action(async move |console, client| {
        let (challenge, options) = passkeys::challenge(&console, &client)?;
        pending::keep_challenge(&console, &session, &challenge).await?;
        Ok(options)
    })
    .await
}

#[server]
pub async fn sign_in_with_passkey(
    /// Of the browser (`AuthenticationResponseJSON`).
    answer: String,
    /// Where the person was going.
    #[server(default)]
    next: String,
) -> Result<(), ActionError> {
    let session = session().await?;
    let signed_in = run_anonymous_action(async move |console, client| {
        let challenge = pending::take_challenge(&console, &session).await?;
        passkeys::sign_in(&console, challenge, &answer, client).await
    });
    enter(signed_in.await.map_err(in_the_card)?).await?;
    redirect(LocalPath::or_overview(&next).as_str());
    Ok(())
}
