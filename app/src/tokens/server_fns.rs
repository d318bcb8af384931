//! Issue and revoke.

use domain::{ids::ApiTokenId, operator::Role};
#[cfg(feature = "ssr")]
use engine::access;
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
#[cfg(feature = "ssr")]
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::page::PATH;
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// A token at the one moment its secret can be seen.
#[derive(Clone, Serialize, Deserialize)]
pub struct Issued {
    pub name: String,
    pub secret: String,
}

#[server]
pub async fn issue_token(name: String, role: Role) -> Result<Issued, ActionError> {
    let (token, secret) = run_action(async move |scope| access::issue_token(&scope, &name, role).await).await?;
    Ok(Issued { name: token.name, secret: secret.expose_secret().to_owned() })
}

#[server]
pub async fn revoke_token(id: ApiTokenId) -> Result<(), ActionError> {
    run_action(async move |scope| access::revoke_token(&scope, id).await).await?;
    redirect(PATH);
    Ok(())
}
