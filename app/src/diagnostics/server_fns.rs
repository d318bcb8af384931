//! What a person can do with runs. Forms post here, with script or without.

#[cfg(feature = "ssr")]
use domain::{environment::Environment, permission::Permission};
use domain::{
    ids::{ProfileId, RunId},
    run_page::{RunPage, RunPageQuery},
};
#[cfg(feature = "ssr")]
use engine::{
    OpsError, diagnose,
    diagnose::{RunRequest, Selection},
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::{path_of, run::read::read_data};
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// Which connections a person means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(strum::Display, strum::EnumIter))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", strum(serialize_all = "snake_case"))]
pub enum Scope {
    Chosen,
    All,
    Development,
    Staging,
    Production,
}

/// Begins a run, which goes on by itself.
#[server]
pub async fn start_diagnostics(
    scope: Scope,
    #[server(default)] connection_ids: Vec<ProfileId>,
    /// None means all.
    #[server(default)]
    scenarios: Vec<String>,
    #[server(default)] release: String,
) -> Result<(), ActionError> {
    let run = run_action(async move |caller| {
        caller.authorize(Permission::RunDiagnostics)?;
        let selection = match scope {
            Scope::Chosen if connection_ids.is_empty() => {
                return Err(OpsError::invalid("connection_ids", "Choose at least one connection."));
            }
            Scope::Chosen => Selection::Connections(connection_ids),
            Scope::All => Selection::All,
            Scope::Development => Selection::Environment(Environment::Development),
            Scope::Staging => Selection::Environment(Environment::Staging),
            Scope::Production => Selection::Environment(Environment::Production),
        };
        let release = Some(release.trim().to_owned()).filter(|release| !release.is_empty());
        let scenarios = Some(scenarios).filter(|scenarios| !scenarios.is_empty());
        diagnose::request(&caller, RunRequest { selection, scenarios, release }).await
    })
    .await?;
    redirect(&path_of(run.id));
    Ok(())
}

#[server(once)]
pub async fn run_again(id: RunId) -> Result<RunId, ActionError> {
    let run = run_action(async move |scope| diagnose::again(&scope, id).await).await?;
    redirect(&path_of(run.id));
    Ok(run.id)
}

#[server(once)]
pub async fn cancel_run(id: RunId) -> Result<(), ActionError> {
    run_action(async move |scope| diagnose::cancel(&scope, id).await).await?;
    redirect(&path_of(id));
    Ok(())
}

/// A run as its page shows it.
#[server]
pub async fn read_run(id: RunId, #[server(default)] query: RunPageQuery) -> Result<RunPage, ActionError> {
    run_action(async move |scope| Ok(read_data(&scope, id, &query).await?.page(&query))).await
}
