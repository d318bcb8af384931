//! What a person does about errors of a kind.

use domain::ids::ErrorGroupId;
#[cfg(feature = "ssr")]
use engine::report::error_groups;

#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

#[server]
pub async fn resolve_errors(id: ErrorGroupId, #[server(default)] note: String) -> Result<(), ActionError> {
    run_action(async move |scope| error_groups::resolve(&scope, id, &note).await.map(drop)).await
}
