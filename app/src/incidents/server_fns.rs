//! What a person does about an incident. The page stays where it is.

use domain::ids::IncidentId;
#[cfg(feature = "ssr")]
use domain::incident::IncidentAction;
#[cfg(feature = "ssr")]
use engine::incidents;

#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

#[server]
pub async fn acknowledge_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Acknowledge, note).await
}

#[server]
pub async fn note_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Note, note).await
}

#[server]
pub async fn resolve_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Resolve, note).await
}

/// Takes on every open incident of a group.
#[server]
pub async fn acknowledge_group(id: IncidentId) -> Result<(), ActionError> {
    run_action(async move |scope| incidents::acknowledge_group(&scope, id).await.map(drop)).await
}

#[cfg(feature = "ssr")]
async fn change(id: IncidentId, action: IncidentAction, note: String) -> Result<(), ActionError> {
    run_action(async move |scope| incidents::act(&scope, id, action, Some(&note)).await.map(drop)).await
}
