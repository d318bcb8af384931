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
    let id = run_action(async move |scope| {
        let (token, secret) = access::issue_token(&scope, &name, role).await?;
        let id = token.id;
        issued::keep(scope.console(), &session, token, &secret).await?;
        Ok(id)
    })
    .await?;
    redirect(&path_of_issued(id));
    Ok(())
}

#[server]
pub async fn revoke_token(id: ApiTokenId) -> Result<(), ActionError> {
    run_action(async move |scope| access::revoke_token(&scope, id).await).await?;
    redirect(PATH);
    Ok(())
}
