//! Incidents, from their opening to their end, and what people do about them: look, acknowledge, assess, mitigate, note, resolve.

pub mod action_items;
pub mod blast_radius;
pub mod declare;
pub mod edit;
pub(crate) mod end;
mod groups;
pub(crate) mod open;
pub mod post_mortem;
mod reach;
pub mod related;
pub mod reminders;

use super::{OpsError, Scope, cursor, events::PendingEvents, notify};
use domain::{
    audit::AuditAct,
    delivery::DeliveryReason,
    error::ErrorCode,
    ids::IncidentId,
    incident::{Incident, IncidentAction, IncidentFilter, IncidentStatus, ListedIncident, TimelineEntry, TimelineKind},
    operator::Actor,
    permission::Permission,
    plain_text,
    time::Timestamp,
};
use store::{TeamTx, incidents, incidents::related::unresolved_parts};

pub use groups::{acknowledge_group, unresolved_groups};

/// Longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

/// The newest that match, without timelines, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: IncidentFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<Incident>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let read = async |after, most| incidents::latest(&scope.db(), &scope.actor.limits, filter, after, most).await;
    let (found, next) = cursor::page(limit, cursor, |last: &Incident| (last.opened_at, last.id), read).await?;
    let mut items = Vec::with_capacity(found.len());
    for incident in found {
        items.push(reach::as_seen(scope, incident).await?);
    }
    Ok((items, next))
}

/// One page, the first being 1, the newest first; and how many match in all.
///
/// # Errors
/// The database failed.
pub async fn page(scope: &Scope, filter: IncidentFilter, page: u32, per_page: u32) -> Result<(Vec<ListedIncident>, i64), OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
    let total = incidents::list::count(&scope.db(), filter).await?;
    Ok((incidents::list::page(&scope.db(), filter, i64::from(per_page), offset).await?, total))
}

/// At most `limit` that are not resolved, the most pressing first; and how many there are.
///
/// # Errors
/// The database failed.
pub async fn unresolved(scope: &Scope, limit: i64) -> Result<(Vec<ListedIncident>, i64), OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    Ok(incidents::list::unresolved(&scope.db(), limit).await?)
}

/// # Errors
/// There is no such incident in the actor's team.
pub async fn get(scope: &Scope, id: IncidentId) -> Result<Incident, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let incident = incidents::get(&scope.db(), id).await?.ok_or(ErrorCode::IncidentNotFound)?;
    reach::check(scope, &incident).await?;
    reach::as_seen(scope, incident).await
}

/// The incident, for whoever changes it in this unit of work.
async fn held(tx: &mut TeamTx, scope: &Scope, id: IncidentId) -> Result<Incident, OpsError> {
    let incident = incidents::get_in(tx, scope.team(), id).await?.ok_or(ErrorCode::IncidentNotFound)?;
    reach::check(scope, &incident).await?;
    Ok(incident)
}

/// Takes a step, or notes. A step that someone has taken changes nothing, the first one counts; what is said beside it is kept as a note.
/// Whoever assesses or mitigates what nobody has acknowledged acknowledges it; whoever resolves an incident resolves what is merged into it and
/// within their reach.
///
/// # Errors
/// No such incident; one that is resolved, unless it is only noted on; a note that is missing or too long.
pub async fn apply(scope: &Scope, id: IncidentId, action: IncidentAction, note: Option<&str>) -> Result<Incident, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let note = check(action, note)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    let incident = held(&mut tx, scope, id).await?;
    if incident.status == IncidentStatus::Resolved && action != IncidentAction::Note {
        return Err(ErrorCode::IncidentResolved.into());
    }
    let mut pending = PendingEvents::default();
    if incident.status == IncidentStatus::Open && matches!(action, IncidentAction::Assess | IncidentAction::Mitigate) {
        take(&mut tx, scope, id, IncidentAction::Acknowledge, String::new(), None, now).await?;
    }
    if action == IncidentAction::Resolve {
        for part in unresolved_parts(&mut tx, id).await? {
            let found = incidents::get_in(&mut tx, scope.team(), part).await?.ok_or(ErrorCode::IncidentNotFound)?;
            if !reach::is_seen(scope, &found).await? {
                continue;
            }
            let with_whole = format!("With the incident that it is merged into: {}", incident.summary);
            take(&mut tx, scope, part, action, with_whole, Some(id), now).await?;
            pending.incident(scope.team(), part, IncidentStatus::Resolved);
        }
    }
    take(&mut tx, scope, id, action, note, None, now).await?;
    tx.commit().await?;
    let incident = get(scope, id).await?;
    pending.incident(scope.team(), id, incident.status);
    scope.console.events.publish(pending);
    Ok(incident)
}

/// One step of one incident, with all that goes with it. `other` is the incident that the note names.
async fn take(
    tx: &mut TeamTx,
    scope: &Scope,
    id: IncidentId,
    action: IncidentAction,
    note: String,
    other: Option<IncidentId>,
    now: Timestamp,
) -> Result<(), OpsError> {
    let has_note = !note.is_empty();
    let Some(kind) = change(tx, &scope.actor, id, action, now).await?.or(has_note.then_some(TimelineKind::Note)) else { return Ok(()) };
    if kind == TimelineKind::Note {
        incidents::touch(tx, id, now).await?;
    }
    let entry = TimelineEntry { other_id: other, ..TimelineEntry::new(now, kind, note, Some(&scope.actor.name)) };
    write_down(tx, &scope.actor, id, entry).await?;
    scope.audit(tx, if kind == TimelineKind::Note { AuditAct::IncidentNoted } else { act_of(action) }, id).await?;
    Ok(())
}

const fn act_of(action: IncidentAction) -> AuditAct {
    match action {
        IncidentAction::Acknowledge => AuditAct::IncidentAcknowledged,
        IncidentAction::Assess => AuditAct::IncidentAssessed,
        IncidentAction::Mitigate => AuditAct::IncidentMitigated,
        IncidentAction::Note => AuditAct::IncidentNoted,
        IncidentAction::Resolve => AuditAct::IncidentResolved,
    }
}

/// Keeps what the actor did on the incident's time line, and tells it on channels.
async fn write_down(tx: &mut TeamTx, actor: &Actor, id: IncidentId, entry: TimelineEntry) -> Result<(), OpsError> {
    let told = match entry.kind {
        TimelineKind::Acknowledged => Some(DeliveryReason::Acknowledged),
        TimelineKind::Resolved | TimelineKind::Recovered => Some(DeliveryReason::Recovered),
        _ => None,
    };
    if let Some(reason) = told {
        notify::enqueue_for_channels(tx, actor.team, id, reason, entry.at, Some(&actor.name), &entry.text).await?;
    }
    Ok(incidents::add(tx, actor.team, id, &entry).await?)
}

async fn change(tx: &mut TeamTx, actor: &Actor, id: IncidentId, action: IncidentAction, now: Timestamp) -> Result<Option<TimelineKind>, OpsError> {
    Ok(match action {
        IncidentAction::Note => Some(TimelineKind::Note),
        IncidentAction::Acknowledge => incidents::acknowledge(tx, id, now, &actor.name).await?.then_some(TimelineKind::Acknowledged),
        IncidentAction::Assess => incidents::assess(tx, id, now, &actor.name).await?.then_some(TimelineKind::Assessed),
        IncidentAction::Mitigate => incidents::mitigate(tx, id, now, &actor.name).await?.then_some(TimelineKind::Mitigated),
        IncidentAction::Resolve => {
            if !end::end(tx, actor, id, now).await? {
                return Err(ErrorCode::IncidentResolved.into());
            }
            Some(TimelineKind::Resolved)
        }
    })
}

fn check(action: IncidentAction, note: Option<&str>) -> Result<String, OpsError> {
    checked_note(note, action == IncidentAction::Note)
}

/// # Errors
/// It is missing though it is required, or too long.
pub(crate) fn checked_note(note: Option<&str>, required: bool) -> Result<String, OpsError> {
    text("note", note, required, LONGEST_NOTE)
}

/// What a person said, of at most so many characters.
fn text(field: &str, said: Option<&str>, required: bool, most: usize) -> Result<String, OpsError> {
    plain_text::kept(field, said.unwrap_or_default(), required, most).map_err(OpsError::from)
}
