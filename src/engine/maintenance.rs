//! Maintenance windows: heartbeats in them are not tried, and uptime does not count them.

use serde::Deserialize;

use super::{OpsError, Scope, configure};
use domain::{
    audit::{AuditAct, Subject},
    bidi,
    error::{ErrorCode, FieldError},
    ids::{ProfileId, WindowId},
    maintenance::MaintenanceWindow,
    permission::Permission,
    time::Timestamp,
};
use store::maintenance_windows;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// Windows of one answer.
const LISTED: i64 = 200;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWindow {
    /// Absent: every connection of the team.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub connection_id: Option<ProfileId>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    #[schema(max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// Declares a window.
///
/// # Errors
/// No such connection; a window that ends before it starts, or is over already.
pub async fn declare(scope: &Scope, new: NewWindow) -> Result<MaintenanceWindow, OpsError> {
    scope.authorize(Permission::PlanMaintenance)?;
    let now = scope.console.clock.now();
    let mut errors = Vec::new();
    if new.ends_at <= new.starts_at || new.ends_at <= now {
        errors.push(FieldError::new("ends_at", "Must lie after the start, and in the future."));
    }
    if !(1..=LONGEST_REASON).contains(&new.reason.trim().chars().count()) {
        errors.push(FieldError::new("reason", format!("1 to {LONGEST_REASON} characters.")));
    }
    if !errors.is_empty() {
        return Err(OpsError::Invalid(errors));
    }
    match new.connection_id {
        Some(id) => drop(configure::get(scope, id).await?),
        None => scope.enter_all()?,
    }
    let window = MaintenanceWindow {
        id: WindowId::new(),
        connection_id: new.connection_id,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        reason: bidi::visible(new.reason.trim()).into_owned(),
        created_by: scope.actor.name.clone(),
        created_at: now,
    };
    let mut tx = scope.begin().await?;
    maintenance_windows::insert(&mut tx, &window).await?;
    scope.audit(&mut tx, AuditAct::MaintenanceDeclared, Subject::from(window.id).named(&window.reason)).await?;
    tx.commit().await?;
    Ok(window)
}

/// The latest 200, those that end last first.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<MaintenanceWindow>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    Ok(maintenance_windows::latest(&scope.db(), &scope.actor.reach, LISTED).await?)
}

/// Ends an open window now, or takes back one that has not begun.
///
/// # Errors
/// There is no such window, or it is over.
pub async fn end(scope: &Scope, id: WindowId) -> Result<(), OpsError> {
    scope.authorize(Permission::PlanMaintenance)?;
    if scope.enter_all().is_err() && !list(scope).await?.iter().any(|window| window.id == id) {
        return Err(ErrorCode::WindowNotFound.into());
    }
    let mut tx = scope.begin().await?;
    if !maintenance_windows::end(&mut tx, id, scope.console.clock.now()).await? {
        return Err(ErrorCode::WindowNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::MaintenanceEnded, id).await?;
    Ok(tx.commit().await?)
}
