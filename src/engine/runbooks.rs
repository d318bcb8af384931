//! Runbooks: those that come with the console, and a team's own beside them.

use serde::Deserialize;

use super::{OpsError, Scope, patch_field::never_null};
use domain::{
    audit::{AuditAct, Subject},
    error::{ErrorCode, FieldError},
    folding::fold,
    ids::RunbookId,
    permission::Permission,
    runbook::{KeptRunbook, MOST_RUNBOOKS, Runbook, RunbookVersion},
};
use probes::kinds::Kinds;
use store::runbooks::{self, Written};

pub mod carry_out;
pub mod executions;
mod four_eyes;
pub mod offers;
pub mod read;
mod shipped;
mod verbs;

/// Versions that are shown of one, the newest first.
const SHOWN_VERSIONS: i64 = 100;

/// The JSON Schema of a document.
pub const SCHEMA: &str = include_str!("../../runbooks/schema.json");

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRunbook {
    /// Absent: as the document is called.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// At most 64 KB.
    pub yaml: String,
}

/// Absent members stay as they are.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunbookEdit {
    #[serde(deserialize_with = "never_null")]
    #[schema(max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false)]
    pub yaml: Option<String>,
}

/// The team's own and those that come with the console, by name.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<KeptRunbook>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let mut all = runbooks::of_team(&scope.db()).await?;
    all.extend(shipped::all().iter().cloned());
    all.retain(|runbook| is_seen(scope, runbook));
    all.sort_by_cached_key(|runbook| (fold(&runbook.name), runbook.shipped));
    Ok(all)
}

/// # Errors
/// There is no such runbook in the actor's team.
pub async fn get(scope: &Scope, id: RunbookId) -> Result<KeptRunbook, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    if let Some(shipped) = shipped::all().iter().find(|shipped| shipped.id == id) {
        return Ok(shipped.clone());
    }
    runbooks::get(&scope.db(), id).await?.filter(|runbook| is_seen(scope, runbook)).ok_or_else(|| ErrorCode::RunbookNotFound.into())
}

/// One for certain environments is there for whoever sees one of them.
fn is_seen(scope: &Scope, runbook: &KeptRunbook) -> bool {
    let environments = &runbook.document.applies_to.environments;
    environments.is_empty() || environments.iter().any(|environment| scope.sees(*environment))
}

/// What a team's own was, the newest first; nothing for one that comes with the console.
///
/// # Errors
/// There is no such runbook in the actor's team.
pub async fn versions(scope: &Scope, id: RunbookId) -> Result<Vec<RunbookVersion>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    get(scope, id).await?;
    Ok(runbooks::versions(&scope.db(), id, SHOWN_VERSIONS).await?)
}

/// Adds a runbook.
///
/// # Errors
/// A document that has faults, each told with its line; a name that is taken; too many runbooks.
pub async fn create(scope: &Scope, new: NewRunbook) -> Result<KeptRunbook, OpsError> {
    scope.authorize(Permission::ManageRunbooks)?;
    let document = checked(&scope.console.kinds, &new.yaml)?;
    let name = named(new.name, &document)?;
    let id = RunbookId::new();
    let written = Written { id, name: &name, yaml: &new.yaml, document: &document, by: &scope.actor.name, at: scope.console.clock.now() };
    let mut tx = scope.begin().await?;
    if runbooks::count(&mut tx).await? >= MOST_RUNBOOKS {
        return Err(OpsError::invalid("name", format!("A team has at most {MOST_RUNBOOKS} runbooks; remove one first.")));
    }
    runbooks::insert(&mut tx, &written).await?;
    scope.audit(&mut tx, AuditAct::RunbookCreated, Subject::from(id).named(&name)).await?;
    tx.commit().await?;
    get(scope, id).await
}

/// Changes a runbook; what is carried out already goes on as it was.
///
/// # Errors
/// No such runbook; one that comes with the console; `version_stale` when another version stands than the one that was `seen`, or somebody changes it
/// meanwhile; a document that has faults; a name that is taken.
pub async fn edit(scope: &Scope, id: RunbookId, seen: Option<i64>, edit: RunbookEdit) -> Result<KeptRunbook, OpsError> {
    scope.authorize(Permission::ManageRunbooks)?;
    let current = own(scope, id).await?;
    if seen.is_some_and(|seen| seen != current.version) {
        return Err(ErrorCode::VersionStale.into());
    }
    let renamed = edit.yaml.is_some() && current.name == current.document.name;
    let yaml = edit.yaml.unwrap_or(current.yaml);
    let document = checked(&scope.console.kinds, &yaml)?;
    // What was called as its document is still called so.
    let name = named(edit.name.or_else(|| (!renamed).then_some(current.name)), &document)?;
    let written = Written { id, name: &name, yaml: &yaml, document: &document, by: &scope.actor.name, at: scope.console.clock.now() };
    let mut tx = scope.begin().await?;
    if !runbooks::update(&mut tx, current.version, &written).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    scope.audit(&mut tx, AuditAct::RunbookEdited, Subject::from(id).named(&name).version(current.version + 1)).await?;
    tx.commit().await?;
    get(scope, id).await
}

/// Removes a runbook with its history. What was carried out stays.
///
/// # Errors
/// There is no such runbook in the actor's team, or it comes with the console.
pub async fn remove(scope: &Scope, id: RunbookId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageRunbooks)?;
    let current = own(scope, id).await?;
    let mut tx = scope.begin().await?;
    if !runbooks::delete(&mut tx, id).await? {
        return Err(ErrorCode::RunbookNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::RunbookRemoved, Subject::from(id).named(current.name)).await?;
    tx.commit().await?;
    Ok(())
}

async fn own(scope: &Scope, id: RunbookId) -> Result<KeptRunbook, OpsError> {
    let current = get(scope, id).await?;
    if current.shipped { Err(ErrorCode::RunbookShipped.into()) } else { Ok(current) }
}

fn checked(kinds: &Kinds, yaml: &str) -> Result<Runbook, OpsError> {
    let told = |problem: domain::runbook::Problem| FieldError::new("yaml", format!("Line {}: {}", problem.line, problem.message));
    read::read(yaml, kinds).map_err(|problems| OpsError::Invalid(problems.into_iter().map(told).collect()))
}

fn named(given: Option<String>, document: &Runbook) -> Result<String, OpsError> {
    let name = given.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| document.name.clone());
    let errors = domain::identity::check_identity(&name, &[], None, None);
    if errors.is_empty() { Ok(name) } else { Err(OpsError::Invalid(errors)) }
}
