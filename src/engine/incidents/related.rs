//! Incidents that are one: merged into the one that people work on, and split again. Each keeps its own time line.

use std::time::Duration;

use super::{get, held, write_down};
use crate::{OpsError, Scope, events::PendingEvents};
use domain::{
    audit::AuditAct,
    error::ErrorCode,
    ids::IncidentId,
    incident::{Incident, IncidentStatus, ListedIncident, TimelineEntry, TimelineKind},
    permission::Permission,
};
use store::{incidents, incidents::related as rows};

/// Incidents of the same connection are shown so far back.
const EARLIER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What an incident is merged with, what else is unresolved, and what happened to its connection in the 30 days before; without what the actor does
/// not reach.
///
/// # Errors
/// No such incident; the database failed.
pub async fn related(scope: &Scope, id: IncidentId, limit: i64) -> Result<Vec<ListedIncident>, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let incident = get(scope, id).await?;
    let mut found = incidents::list::related(&scope.db(), &incident, incident.opened_at - EARLIER, limit).await?;
    found.retain(|other| other.environment.map_or_else(|| scope.enter_all().is_ok(), |environment| scope.sees(environment)));
    Ok(found)
}

/// Makes an incident, with what is merged into it, a part of `into`.
///
/// # Errors
/// Either does not exist; `incident_merged` where `into` is itself a part of another, `incident_resolved` where it is over; an incident with itself.
pub async fn merge(scope: &Scope, id: IncidentId, into: IncidentId) -> Result<Incident, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    let part = held(&mut tx, scope, id).await?;
    let whole = held(&mut tx, scope, into).await?;
    if id == into {
        return Err(OpsError::invalid("into", "Must be another incident."));
    }
    if whole.merged_into.is_some() {
        return Err(ErrorCode::IncidentMerged.into());
    }
    if part.merged_into == Some(into) {
        return get(scope, id).await;
    }
    // What is merged ends with the whole, and this one has ended.
    if whole.status == IncidentStatus::Resolved {
        return Err(ErrorCode::IncidentResolved.into());
    }
    let line = |kind, text| TimelineEntry::new(now, kind, text, Some(&scope.actor.name));
    rows::merge(&mut tx, id, into, now).await?;
    incidents::touch(&mut tx, into, now).await?;
    write_down(&mut tx, &scope.actor, id, line(TimelineKind::Merged, format!("Into: {}", whole.summary)).naming(into)).await?;
    write_down(&mut tx, &scope.actor, into, line(TimelineKind::Merged, format!("With: {}", part.summary)).naming(id)).await?;
    scope.audit(&mut tx, AuditAct::IncidentMerged, id).await?;
    tx.commit().await?;
    tell(scope, [&part, &whole]);
    get(scope, id).await
}

/// Makes an incident one of its own again.
///
/// # Errors
/// No such incident; `incident_not_merged` for one that is part of none, as far as the actor sees.
pub async fn split(scope: &Scope, id: IncidentId) -> Result<Incident, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    let part = held(&mut tx, scope, id).await?;
    let into = part.merged_into.ok_or(ErrorCode::IncidentNotMerged)?;
    let whole = held(&mut tx, scope, into).await.map_err(|error| match error {
        OpsError::Refused(ErrorCode::IncidentNotFound) => ErrorCode::IncidentNotMerged.into(),
        error => error,
    })?;
    let line = |kind, text| TimelineEntry::new(now, kind, text, Some(&scope.actor.name));
    if !rows::split(&mut tx, id, now).await? {
        return Err(ErrorCode::IncidentNotMerged.into());
    }
    incidents::touch(&mut tx, into, now).await?;
    write_down(&mut tx, &scope.actor, id, line(TimelineKind::Split, format!("From: {}", whole.summary)).naming(into)).await?;
    write_down(&mut tx, &scope.actor, into, line(TimelineKind::Split, format!("From this one: {}", part.summary)).naming(id)).await?;
    scope.audit(&mut tx, AuditAct::IncidentSplit, id).await?;
    tx.commit().await?;
    tell(scope, [&part, &whole]);
    get(scope, id).await
}

fn tell(scope: &Scope, changed: [&Incident; 2]) {
    let mut pending = PendingEvents::default();
    for incident in changed {
        pending.incident(scope.team(), incident.id, incident.status);
    }
    scope.console.events.publish(pending);
}
