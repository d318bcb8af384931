//! What a person does about an incident. The page stays where it is.

#[cfg(feature = "ssr")]
use domain::{environment::Environment, ids::ProfileId, incident::IncidentAction, post_mortem::Sections};
use domain::{
    ids::{ActionItemId, IncidentId},
    severity::IncidentSeverity,
};
#[cfg(feature = "ssr")]
use engine::{
    OpsError,
    incidents::{
        self,
        action_items::{self, ActionItemEdit, NewActionItem},
        declare::{self, NewIncident},
        edit::{self, IncidentEdit},
        post_mortem::{self, PostMortemEdit},
        related,
    },
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::path_of;
#[cfg(feature = "ssr")]
use crate::{action::chosen, action_error::run_action};
use crate::{action::server, action_error::ActionError};

#[server(once)]
pub async fn acknowledge_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Acknowledge, note).await
}

#[server]
pub async fn assess_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Assess, note).await
}

#[server]
pub async fn mitigate_incident(id: IncidentId, #[server(default)] note: String) -> Result<(), ActionError> {
    change(id, IncidentAction::Mitigate, note).await
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

/// What a form leaves empty is none.
#[server]
pub async fn declare_incident(
    summary: String,
    severity: IncidentSeverity,
    #[server(default)] connection_id: String,
    #[server(default)] environment: String,
    #[server(default)] note: String,
) -> Result<(), ActionError> {
    let declared = run_action(async move |scope| {
        let connection_id: Option<ProfileId> = chosen("connection_id", &connection_id)?;
        let environment: Option<Environment> = chosen("environment", &environment)?;
        declare::declare(&scope, NewIncident { summary, severity, connection_id, environment, note: Some(note) }).await
    })
    .await?;
    redirect(&path_of(declared.id));
    Ok(())
}

#[server]
pub async fn change_severity(id: IncidentId, severity: IncidentSeverity, #[server(default)] reason: String) -> Result<(), ActionError> {
    let wanted = IncidentEdit { severity: Some(severity), reason: Some(reason), ..IncidentEdit::default() };
    run_action(async move |scope| edit::edit(&scope, id, None, wanted).await.map(drop)).await
}

#[server]
pub async fn hand_over(id: IncidentId, #[server(default)] owner: String) -> Result<(), ActionError> {
    run_action(async move |scope| edit::edit(&scope, id, None, IncidentEdit { owner: Some(Some(owner)), ..IncidentEdit::default() }).await.map(drop)).await
}

#[server]
pub async fn merge_incident(id: IncidentId, into: IncidentId) -> Result<(), ActionError> {
    run_action(async move |scope| related::merge(&scope, id, into).await.map(drop)).await
}

#[server]
pub async fn split_incident(id: IncidentId) -> Result<(), ActionError> {
    run_action(async move |scope| related::split(&scope, id).await.map(drop)).await
}

/// `version` is the one that the person began with.
#[server]
pub async fn save_post_mortem(
    id: IncidentId,
    version: i64,
    #[server(default)] impact: String,
    #[server(default)] detection: String,
    #[server(default)] response: String,
    #[server(default)] root_cause: String,
    #[server(default)] completed: Option<String>,
) -> Result<(), ActionError> {
    let edit = PostMortemEdit { sections: Sections { impact, detection, response, root_cause }, completed: completed.is_some() };
    run_action(async move |scope| post_mortem::save(&scope, id, Some(version), edit).await.map(drop)).await
}

#[server]
pub async fn add_action_item(
    id: IncidentId,
    #[server(default)] text: String,
    #[server(default)] owner: String,
    #[server(default)] due_on: String,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        let day = || OpsError::invalid("due_on", "A day, such as 2026-12-24.");
        let due_on = if due_on.is_empty() { None } else { Some(due_on.parse().map_err(|_| day())?) };
        action_items::add(&scope, NewActionItem { incident_id: id, text, owner: Some(owner), due_on }).await.map(drop)
    })
    .await
}

#[server]
pub async fn set_action_item_done(id: ActionItemId, done: bool) -> Result<(), ActionError> {
    let wanted = ActionItemEdit { done: Some(done), ..ActionItemEdit::default() };
    run_action(async move |scope| action_items::edit(&scope, id, None, wanted).await.map(drop)).await
}

#[server]
pub async fn remove_action_item(id: ActionItemId) -> Result<(), ActionError> {
    run_action(async move |scope| action_items::remove(&scope, id).await).await
}

#[cfg(feature = "ssr")]
async fn change(id: IncidentId, action: IncidentAction, note: String) -> Result<(), ActionError> {
    run_action(async move |scope| incidents::apply(&scope, id, action, Some(&note)).await.map(drop)).await
}
