//! What a person can do with runs and see of them. Forms and the panel call these.

use domain::ids::{EvidenceId, ProfileId, RunId};
#[cfg(feature = "ssr")]
use domain::{
    diagnostic::DiagnosticTestRun,
    environment::Environment,
    error::{ErrorCode, FieldError, UserError},
    operator::Role,
};
#[cfg(feature = "ssr")]
use engine::{
    OpsError, diagnose,
    diagnose::{RunRequest, Selection, queries},
    evidence,
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};

use super::panel::{ArtefactText, ChangesView, GroupDetail, RunView};
#[cfg(feature = "ssr")]
use super::{
    evidence::shown,
    path_of,
    run::{Part, by_scenario, compared, detail_of, look, since_each, viewed},
};
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
/// Earlier runs to compare with.
#[cfg(feature = "ssr")]
pub const EARLIER: i64 = 12;
/// Bytes of an artefact that are shown in place; its page shows the rest.
#[cfg(feature = "ssr")]
const SHOWN_IN_PLACE: usize = 64 << 10;

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
    let run = run_action(Role::Operator, async move |console, actor, thread| {
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
        diagnose::request(&console, &actor, RunRequest { selection, scenarios, release }, thread).await
    })
    .await?;
    redirect(&path_of(run.id));
    Ok(())
}

#[server]
pub async fn run_again(id: RunId) -> Result<RunId, ActionError> {
    let run = run_action(Role::Operator, async move |console, actor, thread| diagnose::again(&console, &actor, id, thread).await).await?;
    redirect(&path_of(run.id));
    Ok(run.id)
}

#[server]
pub async fn cancel_run(id: RunId) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| diagnose::cancel(&console, &actor, id).await).await?;
    redirect(&path_of(id));
    Ok(())
}

/// How far a run is, and once it has ended, all that was found.
#[server]
pub async fn run_progress(id: RunId) -> Result<RunView, ActionError> {
    let data = run_action(Role::Viewer, async move |console, actor, _| look(&console, &actor, id, None).await).await?;
    Ok(viewed(data, &Part::default()))
}

/// What a run found of one of its connections.
#[server]
pub async fn run_group(id: RunId, connection: ProfileId) -> Result<GroupDetail, ActionError> {
    let looked = run_action(Role::Viewer, async move |console, actor, _| {
        let looked = queries::of_connection(&console, &actor, id, connection).await?;
        if looked.run.results.is_empty() { Err(ErrorCode::ConnectionNotFound.into()) } else { Ok(looked) }
    })
    .await?;
    let detail = detail_of(&looked.run, connection, &looked.evidence, &by_scenario(looked.baselines));
    detail.ok_or_else(|| UserError::new(ErrorCode::ConnectionNotFound, None).into())
}

/// What changed since the run `against`, or since the time before each scenario.
#[server]
pub async fn compare_runs(
    id: RunId,
    /// Empty for the time before each.
    #[server(default)]
    against: String,
) -> Result<ChangesView, ActionError> {
    let changes = run_action(Role::Viewer, async move |console, actor, _| {
        if against.is_empty() {
            let looked = queries::whole(&console, &actor, id, SHOWN).await?;
            return Ok(Compared::SinceEach(Box::new(looked)));
        }
        let against = against.parse().map_err(|_| ErrorCode::RunNotFound)?;
        Ok(Compared::Runs(Box::new([diagnose::get(&console, &actor, id).await?, diagnose::get(&console, &actor, against).await?])))
    })
    .await?;
    Ok(match changes {
        Compared::SinceEach(looked) => since_each(&looked.run.results, &by_scenario(looked.baselines)),
        Compared::Runs(runs) => compared(&runs[0], &runs[1]),
    })
}

/// What a run is compared with; told outside the unit of work, where the page's clock is.
#[cfg(feature = "ssr")]
enum Compared {
    SinceEach(Box<queries::RunQuery>),
    Runs(Box<[DiagnosticTestRun; 2]>),
}

/// An artefact as text, to be read in place.
#[server]
pub async fn evidence_text(id: EvidenceId) -> Result<ArtefactText, ActionError> {
    let (_, bytes) = run_action(Role::Viewer, async move |console, actor, _| evidence::read(&console, &actor, id).await).await?;
    let mut text = shown(&bytes);
    let cut = (text.len() > SHOWN_IN_PLACE).then(|| {
        text.truncate(text.floor_char_boundary(SHOWN_IN_PLACE));
        "Only the first 64\u{a0}KB are shown here; the rest is on its page.".to_owned()
    });
    Ok(ArtefactText { text, cut })
}
