//! What a person can do with runs. Forms post here, with script or without.

use domain::ids::{ProfileId, RunId};
#[cfg(feature = "ssr")]
use domain::{environment::Environment, error::FieldError, permission::Permission};
#[cfg(feature = "ssr")]
use engine::{
    OpsError, diagnose,
    diagnose::{RunRequest, Selection, queries},
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::path_of;
use super::watch::Progress;
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

/// Results that are shown while a run goes on.
#[cfg(feature = "ssr")]
pub const SHOWN: i64 = 12;

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
                return Err(OpsError::Invalid(vec![FieldError::new("connection_ids", "Choose at least one connection.")]));
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

#[server]
pub async fn run_again(id: RunId) -> Result<(), ActionError> {
    let run = run_action(async move |scope| diagnose::again(&scope, id).await).await?;
    redirect(&path_of(run.id));
    Ok(())
}

#[server]
pub async fn cancel_run(id: RunId) -> Result<(), ActionError> {
    run_action(async move |scope| diagnose::cancel(&scope, id).await).await?;
    redirect(&path_of(id));
    Ok(())
}

/// How far a run is.
#[server]
pub async fn run_progress(id: RunId) -> Result<Progress, ActionError> {
    let run = run_action(async move |scope| queries::progress(&scope, id, SHOWN).await).await?;
    Ok(Progress::from(run))
}
