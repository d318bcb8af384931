//! Issue and revoke.

use domain::{ids::ApiTokenId, operator::Role};
use engine::access;
use leptos::server;
use leptos_axum::redirect;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::page::PATH;
use crate::action_error::{ActionError, run_action};

/// A token at the one moment its secret can be seen.
#[derive(Clone, Serialize, Deserialize)]
pub struct Issued {
    pub name: String,
    pub secret: String,
}

#[server(prefix = "/actions", endpoint = "issue_token")]
pub async fn issue_token(name: String, role: Role) -> Result<Issued, ActionError> {
    let (token, secret) = run_action(Role::Admin, async move |console, actor, _| access::issue_token(&console, &actor, &name, role).await).await?;
    Ok(Issued { name: token.name, secret: secret.expose_secret().to_owned() })
}

#[server(prefix = "/actions", endpoint = "revoke_token")]
pub async fn revoke_token(id: ApiTokenId) -> Result<(), ActionError> {
    run_action(Role::Admin, async move |console, actor, _| access::revoke_token(&console, &actor, id).await).await?;
    redirect(PATH);
    Ok(())
}
