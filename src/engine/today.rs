//! The day of a team: its checklist, and the maintenance that is due.

use serde::Deserialize;
use strum::IntoEnumIterator;

use super::{OpsError, Scope};
use domain::{
    audit::{AuditAct, Subject},
    business_hours::{BusinessHours, local_date},
    checklist::{CheckedThing, DailyChecklist, LOOKED_BACK},
    error::ErrorCode,
    maintenance_task::{LastDone, MaintenanceTask, TaskState},
    permission::Permission,
    plain_text,
};
use store::{daily_checklists, maintenance_tasks, severity_policies};

/// Longest note, in characters.
const LONGEST_NOTE: usize = 2_000;
/// How far back a backup is looked for, in days.
const BACKUPS: u32 = 7;

#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Signature {
    /// What was looked at: everything that is on the list.
    pub ticked: Vec<CheckedThing>,
    #[schema(max_length = 2_000)]
    pub note: String,
}

/// Today's checklist: as it was signed, or as the console fills it in now. A day is one of the team's time zone.
///
/// # Errors
/// `out_of_reach` for a token that is limited to some environments; the database failed.
pub async fn checklist(scope: &Scope) -> Result<DailyChecklist, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    scope.enter_all()?;
    let now = scope.console.clock.now();
    let day = local_date(hours(scope).await?.time_zone, now);
    let signed = daily_checklists::latest(&scope.db(), 1).await?.into_iter().find(|list| list.day == day);
    if let Some(signed) = signed {
        return Ok(signed);
    }
    let facts = daily_checklists::facts(&scope.db(), now - LOOKED_BACK, now - LOOKED_BACK * BACKUPS).await?;
    Ok(DailyChecklist { day, lines: facts.lines(now), note: String::new(), signed_by: None, signed_at: None })
}

/// The lists of the days before that were signed, the newest first.
///
/// # Errors
/// `out_of_reach` for a token that is limited to some environments; the database failed.
pub async fn history(scope: &Scope, limit: u32) -> Result<Vec<DailyChecklist>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    scope.enter_all()?;
    Ok(daily_checklists::latest(&scope.db(), limit.into()).await?)
}

/// Signs today's list as it stands now.
///
/// # Errors
/// `checklist_signed` where somebody has; a line that was not looked at; a note that is too long.
pub async fn sign(scope: &Scope, signature: Signature) -> Result<DailyChecklist, OpsError> {
    scope.authorize(Permission::PlanMaintenance)?;
    let note = note(&signature.note)?;
    let current = checklist(scope).await?;
    if current.signed_at.is_some() {
        return Err(ErrorCode::ChecklistSigned.into());
    }
    if CheckedThing::iter().any(|thing| !signature.ticked.contains(&thing)) {
        return Err(OpsError::invalid("ticked", "Look at every line and tick it."));
    }
    let signed = DailyChecklist { note, signed_by: Some(scope.actor.name.clone()), signed_at: Some(scope.console.clock.now()), ..current };
    let mut tx = scope.begin().await?;
    if !daily_checklists::insert(&mut tx, &signed).await? {
        return Err(ErrorCode::ChecklistSigned.into());
    }
    scope.audit(&mut tx, AuditAct::ChecklistSigned, Subject::default().named(signed.day.to_string())).await?;
    tx.commit().await?;
    Ok(signed)
}

/// Every maintenance task, and when it is due.
///
/// # Errors
/// `out_of_reach` for a token that is limited to some environments; the database failed.
pub async fn tasks(scope: &Scope) -> Result<Vec<TaskState>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    scope.enter_all()?;
    let mut tasks = Vec::new();
    for task in MaintenanceTask::iter() {
        tasks.push(state_of(scope, task).await?);
    }
    Ok(tasks)
}

async fn state_of(scope: &Scope, task: MaintenanceTask) -> Result<TaskState, OpsError> {
    let last = maintenance_tasks::last(&scope.db(), task).await?;
    Ok(TaskState::of(task, last.as_ref(), scope.console.clock.now(), hours(scope).await?.time_zone))
}

/// Whose time zone the team's days are of.
async fn hours(scope: &Scope) -> Result<BusinessHours, OpsError> {
    Ok(severity_policies::get(&scope.db()).await?.1.business_hours)
}

/// Says that a task is done.
///
/// # Errors
/// A note that is too long; `out_of_reach` for a token that is limited to some environments.
pub async fn done(scope: &Scope, task: MaintenanceTask, said: &str) -> Result<TaskState, OpsError> {
    scope.authorize(Permission::PlanMaintenance)?;
    scope.enter_all()?;
    let done = LastDone { task, note: note(said)?, done_by: scope.actor.name.clone(), done_at: scope.console.clock.now() };
    let mut tx = scope.begin().await?;
    maintenance_tasks::insert(&mut tx, &done).await?;
    scope.audit(&mut tx, AuditAct::MaintenanceTaskDone, Subject::default().named(task.title())).await?;
    tx.commit().await?;
    state_of(scope, task).await
}

fn note(said: &str) -> Result<String, OpsError> {
    plain_text::kept("note", said, false, LONGEST_NOTE).map_err(OpsError::from)
}
