//! What a person does about an incident. The page stays where it is.

use domain::{ids::IncidentId, incident::IncidentAction, operator::Role};
use engine::incidents;
use leptos::server;

use crate::action_error::{ActionError, run_action};

#[server(prefix = "/actions", endpoint = "acknowledge_incident")]
pub async fn acknowledge_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Acknowledge, note).await
}

#[server(prefix = "/actions", endpoint = "note_incident")]
pub async fn note_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Note, note).await
}

#[server(prefix = "/actions", endpoint = "resolve_incident")]
pub async fn resolve_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Resolve, note).await
}

async fn change(id: IncidentId, action: IncidentAction, note: String) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| incidents::act(&console, &actor, id, action, Some(&note)).await.map(drop)).await
}
