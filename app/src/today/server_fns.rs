//! Sign the checklist, and say that maintenance is done.

#[cfg(feature = "ssr")]
use domain::{error::ErrorCode, maintenance_task::MaintenanceTask};
#[cfg(feature = "ssr")]
use engine::today::{self, Signature};

#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// What cannot be read of what was ticked is as if it were not.
#[server]
pub async fn sign_checklist(#[server(default)] ticked: Vec<String>, #[server(default)] note: String) -> Result<(), ActionError> {
    let ticked = ticked.iter().filter_map(|thing| thing.parse().ok()).collect();
    run_action(async move |scope| today::sign(&scope, Signature { ticked, note }).await.map(drop)).await
}

#[server]
pub async fn finish_task(task: String, #[server(default)] task_note: String) -> Result<(), ActionError> {
    run_action(async move |scope| {
        let task: MaintenanceTask = task.parse().map_err(|_| ErrorCode::MaintenanceTaskNotFound)?;
        today::done(&scope, task, &task_note).await.map(drop)
    })
    .await
}
