//! Maintenance windows: heartbeats in them are not tried, uptime does not count them, and nobody is told.

use std::time::Duration;

use serde::Deserialize;

use super::{Console, OpsError, Scope, matching};
use domain::{
    audit::{AuditAct, Subject},
    business_hours::is_planned_for,
    environment::Environment,
    error::{ErrorCode, FieldError},
    ids::{ProfileId, WindowId},
    maintenance::MaintenanceWindow,
    matchers::Matchers,
    permission::Permission,
    plain_text,
    recurrence::{Occurrence, Recurrence, is_zone},
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
    /// Without it, a tag or an environment: every connection of the team.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub connection_id: Option<ProfileId>,
    /// Of what is given, all must hold.
    #[schema(max_length = 40)]
    pub tag: Option<String>,
    pub environment: Option<Environment>,
    /// Of the first occurrence, where it comes again.
    pub starts_at: Timestamp,
    /// May be left out where `duration_minutes` is given.
    pub ends_at: Option<Timestamp>,
    /// As RFC 5545 writes it, without `DTSTART`: `FREQ=WEEKLY;BYDAY=SU`. The time of day is that of `starts_at`.
    #[schema(max_length = 200)]
    pub rrule: Option<String>,
    /// By whose clocks it comes again; UTC where it is left out.
    pub time_zone: Option<String>,
    /// At most seven days where it comes again.
    #[schema(minimum = 1)]
    pub duration_minutes: Option<i32>,
    #[schema(max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// Declares a window.
///
/// # Errors
/// No such connection; a window that ends before it starts, or is over already; a rule that cannot be followed.
pub async fn declare(scope: &Scope, new: NewWindow) -> Result<MaintenanceWindow, OpsError> {
    scope.authorize(Permission::PlanMaintenance)?;
    let now = scope.console.clock.now();
    let mut errors = Vec::new();
    let reason = plain_text::kept("reason", &new.reason, true, LONGEST_REASON).map_err(|wrong| errors.push(wrong));
    let when = when(&new, now).map_err(|wrong| errors.extend(wrong));
    let (Ok(reason), Ok((ends_at, occurrence))) = (reason, when) else { return Err(OpsError::Invalid(errors)) };
    let matchers = matching::tidied(Matchers { connection_id: new.connection_id, tag: new.tag, environment: new.environment });
    matching::enter(scope, &matchers, "tag").await?;
    let window = MaintenanceWindow {
        id: WindowId::new(),
        connection_id: matchers.connection_id,
        tag: matchers.tag,
        environment: matchers.environment,
        starts_at: new.starts_at,
        ends_at,
        time_zone: new.time_zone.or_else(|| new.rrule.as_ref().map(|_| UTC.to_owned())),
        duration_minutes: new.rrule.as_ref().and(minutes(new.starts_at, ends_at)),
        rrule: new.rrule.map(|rrule| rrule.trim().to_owned()),
        opens_at: occurrence.from,
        closes_at: occurrence.to,
        reason,
        created_by: scope.actor.name.clone(),
        created_at: now,
    };
    let mut tx = scope.begin().await?;
    maintenance_windows::insert(&mut tx, &window).await?;
    scope.audit(&mut tx, AuditAct::MaintenanceDeclared, Subject::from(window.id).named(&window.reason)).await?;
    tx.commit().await?;
    Ok(window)
}

const UTC: &str = "UTC";

/// When it ends for the first time, and the occurrence that is on or comes next.
fn when(new: &NewWindow, now: Timestamp) -> Result<(Timestamp, Occurrence), Vec<FieldError>> {
    let lasts = |minutes: i32| u64::try_from(minutes).ok().map(|minutes| new.starts_at + Duration::from_secs(minutes * 60));
    let ends_at = match (new.duration_minutes, new.ends_at) {
        (Some(minutes), None) => lasts(minutes).ok_or_else(|| vec![FieldError::new("duration_minutes", "At least 1.")])?,
        (None, Some(ends_at)) => ends_at,
        (Some(minutes), Some(ends_at)) if lasts(minutes) == Some(ends_at) => ends_at,
        (Some(_), Some(_)) => return Err(vec![FieldError::new("duration_minutes", "Is not the time between starts_at and ends_at: leave one out.")]),
        (None, None) => return Err(vec![FieldError::new("ends_at", "Is required, or duration_minutes.")]),
    };
    if !is_planned_for(new.starts_at.as_datetime().date_naive()) {
        return Err(vec![FieldError::new("starts_at", "A day from the years 1970 to 2200.")]);
    }
    if !is_planned_for(ends_at.as_datetime().date_naive()) {
        let field = if new.ends_at.is_some() { "ends_at" } else { "duration_minutes" };
        return Err(vec![FieldError::new(field, "It would end after the year 2200.")]);
    }
    if ends_at <= new.starts_at {
        return Err(vec![FieldError::new("ends_at", "Must lie after the start, and in the future.")]);
    }
    if let Some(rrule) = &new.rrule {
        let minutes = minutes(new.starts_at, ends_at).unwrap_or_default();
        let recurrence = Recurrence::read(rrule, new.time_zone.as_deref().unwrap_or(UTC), new.starts_at, minutes)?;
        let next = recurrence.at_or_after(now).ok_or_else(|| vec![FieldError::new("rrule", "Its last occurrence is over.")])?;
        return Ok((ends_at, next));
    }
    let mut errors = Vec::new();
    if new.time_zone.as_deref().is_some_and(|zone| !is_zone(zone)) {
        errors.push(FieldError::new("time_zone", "A zone of the IANA list, such as Europe/Berlin."));
    }
    if ends_at <= now {
        errors.push(FieldError::new("ends_at", "Must lie after the start, and in the future."));
    }
    if errors.is_empty() { Ok((ends_at, Occurrence { from: new.starts_at, to: ends_at })) } else { Err(errors) }
}

/// None where it is too long for any occurrence.
fn minutes(from: Timestamp, to: Timestamp) -> Option<i32> {
    i32::try_from(to.seconds_since(from) / 60).ok()
}

/// The latest 200, those that close last first.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<MaintenanceWindow>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    Ok(maintenance_windows::latest(&scope.db(), &scope.actor.limits, LISTED).await?)
}

/// Ends an open window now, with all that would have come again, or takes back one that has not begun.
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

/// Finds the next occurrence of each window whose last one is over, of every team.
///
/// # Errors
/// The database failed.
pub async fn move_on(console: &Console) -> Result<(), OpsError> {
    let now = console.clock.now();
    for window in maintenance_windows::over(&console.db, now).await? {
        let (rrule, zone) = (window.rrule.as_deref().unwrap_or_default(), window.time_zone.as_deref().unwrap_or(UTC));
        let recurrence = Recurrence::read(rrule, zone, window.starts_at, window.duration_minutes.unwrap_or_default());
        let next = recurrence.ok().and_then(|recurrence| recurrence.at_or_after(now));
        let mut tx = console.db.begin().await?;
        maintenance_windows::move_on(&mut tx, &window, next.map(|next| (next.from, next.to))).await?;
        tx.commit().await?;
    }
    Ok(())
}
