//! Opens an incident, whoever found it: its row, its time line, its place among others, and what is told of it, in one unit of work.

use crate::{
    OpsError,
    events::PendingEvents,
    notify,
    suppression::{self, IncidentScope},
};
use domain::{
    delivery::DeliveryReason,
    ids::TeamId,
    incident::{Incident, IncidentStatus, TimelineEntry, TimelineKind},
    notification::Notification,
};
use store::{Tx, incidents};

/// What is said of an incident as it opens.
pub(crate) struct Opening<'a> {
    /// The notification's first line, and the rest of it.
    pub title: &'a str,
    pub body: &'a str,
    /// On the time line and on channels.
    pub detail: &'a str,
}

/// False when one about the same is unresolved: then nothing is written. What is about a connection that is watched may be told with others of its group,
/// or later; what a person declares is told at once.
///
/// # Errors
/// The database failed.
pub(crate) async fn open(
    tx: &mut Tx,
    team: TeamId,
    incident: &Incident,
    concern: Option<IncidentScope<'_>>,
    opening: Opening<'_>,
    pending: &mut PendingEvents,
) -> Result<bool, OpsError> {
    if !incidents::insert(tx, team, incident).await? {
        return Ok(false);
    }
    let (now, by) = (incident.opened_at, incident.declared_by.as_deref());
    let Opening { title, body, detail } = opening;
    let entry = TimelineEntry::new(now, TimelineKind::Opened, detail, by);
    incidents::add(tx, team, incident.id, &entry).await?;
    if by.is_some() || suppression::place(tx, team, incident, concern).await? {
        let notification = Notification::new(incident.severity.notified_as(), title, body, now).about_incident(incident.id);
        notify::in_console(tx, team, notification, pending).await?;
        notify::enqueue_for_channels(tx, team, incident.id, DeliveryReason::Opened, now, by, detail).await?;
    }
    pending.incident(team, incident.id, IncidentStatus::Open);
    Ok(true)
}
