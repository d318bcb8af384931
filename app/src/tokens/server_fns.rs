//! Issue and revoke.

use domain::{ids::ApiTokenId, operator::Role};
#[cfg(feature = "ssr")]
use engine::access;
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::{
    issued,
    page::{PATH, path_of_issued},
};
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, session::server_fns::session};

/// The page that it leads to shows the secret, once.
#[server]
pub async fn issue_token(name: String, role: Role) -> Result<(), ActionError> {
    let session = session().await?;
    let id = run_action(Role::Admin, async move |console, actor, _| {
        let (token, secret) = access::issue_token(&console, &actor, &name, role).await?;
        let id = token.id;
        issued::keep(&console, &session, token, &secret).await?;
        Ok(id)
    })
    .await?;
    redirect(&path_of_issued(id));
    Ok(())
}

#[server]
pub async fn revoke_token(id: ApiTokenId) -> Result<(), ActionError> {
    run_action(Role::Admin, async move |console, actor, _| access::revoke_token(&console, &actor, id).await).await?;
    redirect(PATH);
    Ok(())
}
