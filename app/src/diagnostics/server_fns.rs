//! What a person can do with runs. Forms post here, with script or without.

use domain::{
    diagnostic::DiagnosticTestRun,
    environment::Environment,
    error::{ErrorCode, FieldError, UserError},
    ids::{EvidenceId, ProfileId, RunId},
    operator::Role,
};
use engine::{
    OpsError, diagnose,
    diagnose::{RunRequest, Selection, queries},
    evidence,
};
use leptos::server;
use leptos_axum::redirect;

use super::{
    evidence::shown,
    panel::{ArtefactText, ChangesView, GroupDetail, RunView},
    path_of,
    run::{Part, by_scenario, compared, detail_of, look, since_each, viewed},
    start::Scope,
};
use crate::action_error::{ActionError, run_action};

/// Results that are shown while a run goes on.
pub const SHOWN: i64 = 12;
/// Earlier runs to compare with.
pub const EARLIER: i64 = 12;
/// Bytes of an artefact that are shown in place; its page shows the rest.
const SHOWN_IN_PLACE: usize = 64 << 10;

/// Begins a run, which goes on by itself.
#[server(prefix = "/actions", endpoint = "start_diagnostics")]
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

#[server(prefix = "/actions", endpoint = "run_again")]
pub async fn run_again(id: RunId) -> Result<RunId, ActionError> {
    let run = run_action(Role::Operator, async move |console, actor, thread| diagnose::again(&console, &actor, id, thread).await).await?;
    redirect(&path_of(run.id));
    Ok(run.id)
}

#[server(prefix = "/actions", endpoint = "cancel_run")]
pub async fn cancel_run(id: RunId) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| diagnose::cancel(&console, &actor, id).await).await?;
    redirect(&path_of(id));
    Ok(())
}

/// How far a run is, and once it has ended, all that was found.
#[server(prefix = "/actions", endpoint = "run_progress")]
pub async fn run_progress(id: RunId) -> Result<RunView, ActionError> {
    let data = run_action(Role::Viewer, async move |console, actor, _| look(&console, &actor, id, None).await).await?;
    Ok(viewed(data, &Part::default()))
}

/// What a run found of one of its connections.
#[server(prefix = "/actions", endpoint = "run_group")]
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
#[server(prefix = "/actions", endpoint = "compare_runs")]
pub async fn compare_runs(
    id: RunId,
    /// Empty for the time before each.
    #[server(default)]
    against: String,
) -> Result<ChangesView, ActionError> {
    let changes = run_action(Role::Viewer, async move |console, actor, _| {
        if against.is_empty() {
            let looked = queries::whole(&console, &actor, id, SHOWN).await?;
            return Ok(Compared::SinceEach(looked));
        }
        let against = against.parse().map_err(|_| ErrorCode::RunNotFound)?;
        Ok(Compared::Runs(diagnose::get(&console, &actor, id).await?, diagnose::get(&console, &actor, against).await?))
    })
    .await?;
    Ok(match changes {
        Compared::SinceEach(looked) => since_each(&looked.run.results, &by_scenario(looked.baselines)),
        Compared::Runs(run, with) => compared(&run, &with),
    })
}

/// What a run is compared with; told outside the unit of work, where the page's clock is.
enum Compared {
    SinceEach(queries::RunQuery),
    Runs(DiagnosticTestRun, DiagnosticTestRun),
}

/// An artefact as text, to be read in place.
#[server(prefix = "/actions", endpoint = "evidence_text")]
pub async fn evidence_text(id: EvidenceId) -> Result<ArtefactText, ActionError> {
    let (_, bytes) = run_action(Role::Viewer, async move |console, actor, _| evidence::read(&console, &actor, id).await).await?;
    let mut text = shown(&bytes);
    let cut = (text.len() > SHOWN_IN_PLACE).then(|| {
        text.truncate(text.floor_char_boundary(SHOWN_IN_PLACE));
        "Only the first 64\u{a0}KB are shown here; the rest is on its page.".to_owned()
    });
    Ok(ArtefactText { text, cut })
}
