//! Ends an incident: because it is over, because a person says so, or because nothing can end it any more.

use super::write_down;
use crate::{OpsError, events::PendingEvents, notify};
use domain::{
    delivery::DeliveryReason,
    error::ErrorCode,
    ids::{IncidentId, ProfileId, TeamId},
    incident::{Incident, IncidentStatus, TimelineEntry, TimelineKind},
    notification::Notification,
    operator::Actor,
    severity::Severity,
    time::{Timestamp, span_in_words},
};
use store::{
    TeamTx, Tx, health_snapshots,
    incidents::{self, groups},
    severity_policies,
};

/// What it was about is well again. `title` says so to whoever was told that it began.
///
/// # Errors
/// The database failed.
pub(crate) async fn recover(tx: &mut Tx, team: TeamId, id: IncidentId, title: &str, now: Timestamp, pending: &mut PendingEvents) -> Result<(), OpsError> {
    let Some(incident) = incidents::get_in(tx, team, id).await? else { return Ok(()) };
    if !resolve(tx, team, &incident, None, now).await? {
        return Ok(());
    }
    let text = format!("After {}.", span_in_words(now.seconds_since(incident.first_failed_at).max(0)));
    incidents::add(tx, team, id, &TimelineEntry::new(now, TimelineKind::Recovered, &*text, None)).await?;
    notify::enqueue_for_channels(tx, team, id, DeliveryReason::Recovered, now, None, &text).await?;
    if groups::is_announced(tx, team, id).await? {
        notify::in_console(tx, team, Notification::new(Severity::Info, title, text, now).about_incident(id), pending).await?;
    }
    pending.incident(team, id, IncidentStatus::Resolved);
    Ok(())
}

/// The connection is watched no more, so that nothing can end the incident about it: it ends with the watching, in the same unit of work.
///
/// # Errors
/// The database failed.
pub(crate) async fn with_watching(tx: &mut TeamTx, actor: &Actor, connection: ProfileId, reason: &str, now: Timestamp) -> Result<PendingEvents, OpsError> {
    let mut pending = PendingEvents::default();
    let Some(id) = incidents::unresolved_of(tx, connection).await? else { return Ok(pending) };
    if end(tx, actor, id, now).await? {
        write_down(tx, actor, id, TimelineEntry::new(now, TimelineKind::Resolved, reason, Some(&actor.name))).await?;
        pending.incident(actor.team, id, IncidentStatus::Resolved);
    }
    Ok(pending)
}

/// By a person's word. False when it has ended already.
pub(super) async fn end(tx: &mut TeamTx, actor: &Actor, id: IncidentId, now: Timestamp) -> Result<bool, OpsError> {
    // The snapshot first, as whoever writes heartbeats does, or two could wait for each other.
    health_snapshots::detach(tx, id).await?;
    let incident = incidents::get_in(tx, actor.team, id).await?.ok_or(ErrorCode::IncidentNotFound)?;
    resolve(tx, actor.team, &incident, Some(&actor.name), now).await
}

async fn resolve(tx: &mut Tx, team: TeamId, incident: &Incident, by: Option<&str>, now: Timestamp) -> Result<bool, OpsError> {
    let (_, policy) = severity_policies::get_in(tx, team).await?;
    Ok(incidents::resolve(tx, team, incident.id, now, by, policy.post_mortem_due(incident.severity, now)).await?)
}
