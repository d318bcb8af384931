//! Save and remove a runbook; begin, report, go on, sign off and break off.

#[cfg(feature = "ssr")]
use domain::error::ErrorCode;
use domain::ids::{ExecutionId, RunbookId};
#[cfg(feature = "ssr")]
use domain::runbook::execution::Reported;
#[cfg(feature = "ssr")]
use engine::runbooks::{
    self, NewRunbook, RunbookEdit,
    executions::{self, NewExecution, Report},
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::{LIST, path_of, path_of_execution};
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// Adds a runbook, or changes the one that is named.
#[server]
pub async fn save_runbook(#[server(default)] id: Option<RunbookId>, #[server(default)] version: Option<i64>, yaml: String) -> Result<(), ActionError> {
    let yaml = yaml.replace("\r\n", "\n");
    let saved = run_action(async move |scope| match id {
        None => runbooks::create(&scope, NewRunbook { name: None, yaml }).await,
        Some(id) => runbooks::edit(&scope, id, version, RunbookEdit { name: None, yaml: Some(yaml) }).await,
    })
    .await?;
    redirect(&path_of(saved.id));
    Ok(())
}

#[server]
pub async fn remove_runbook(id: RunbookId) -> Result<(), ActionError> {
    run_action(async move |scope| runbooks::remove(&scope, id).await).await?;
    redirect(LIST);
    Ok(())
}

#[server]
pub async fn start_execution(
    runbook_id: RunbookId,
    #[server(default)] incident_id: String,
    #[server(default)] connection_id: String,
) -> Result<(), ActionError> {
    let begun = run_action(async move |scope| {
        // What a form leaves empty is not given.
        let new = NewExecution {
            runbook_id,
            incident_id: given(&incident_id).map(str::parse).transpose().map_err(|_| ErrorCode::MalformedRequest)?,
            connection_id: given(&connection_id).map(str::parse).transpose().map_err(|_| ErrorCode::MalformedRequest)?,
        };
        executions::start(&scope, new).await
    })
    .await?;
    redirect(&path_of_execution(begun.id));
    Ok(())
}

/// The page stays where it is, as it does after the three below.
#[server]
pub async fn report_step(id: ExecutionId, n: i32, outcome: String, #[server(default)] note: String) -> Result<(), ActionError> {
    run_action(async move |scope| {
        let outcome: Reported = outcome.parse().map_err(|_| ErrorCode::MalformedRequest)?;
        executions::report(&scope, id, n, Report { outcome, note: Some(note) }).await
    })
    .await?;
    redirect(&path_of_execution(id));
    Ok(())
}

#[server]
pub async fn resume_execution(id: ExecutionId) -> Result<(), ActionError> {
    run_action(async move |scope| executions::resume(&scope, id).await).await?;
    redirect(&path_of_execution(id));
    Ok(())
}

#[server]
pub async fn sign_off_execution(id: ExecutionId) -> Result<(), ActionError> {
    run_action(async move |scope| executions::sign_off(&scope, id).await).await?;
    redirect(&path_of_execution(id));
    Ok(())
}

#[server]
pub async fn cancel_execution(id: ExecutionId) -> Result<(), ActionError> {
    run_action(async move |scope| executions::cancel(&scope, id).await).await?;
    redirect(&path_of_execution(id));
    Ok(())
}

#[cfg(feature = "ssr")]
fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}
