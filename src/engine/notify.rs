//! Notifications in the console's own pages, and on channels beside them.

pub mod acknowledge_link;
mod begin;
pub mod channels;
pub mod deliveries;
mod failed;
pub mod manage;
mod message;
mod open;
pub mod sealed_settings;
pub mod send;

use std::time::Duration;

use super::{OpsError, Scope, cursor, events::PendingEvents};
use domain::{
    audit::{AuditAct, Subject},
    channel::Digest,
    delivery::DeliveryReason,
    error::ErrorCode,
    grouping,
    ids::{ChannelId, IncidentId, NotificationId, TeamId},
    notification::{Notification, Waiting},
    permission::Permission,
    time::Timestamp,
};
use store::{
    Tx,
    deliveries::enqueue::{self, Announcement},
    incidents::{self, groups},
    notifications, severity_policies,
};

/// How long after its moment the row of a notification may appear at the latest: units of work are shorter.
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);

/// The newest of the actor's team, with when the actor read each, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, limit: u32, cursor: Option<&str>) -> Result<(Vec<Notification>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadNotifications)?;
    let read = async |after, most| notifications::latest(&scope.db(), scope.actor.who, after, most).await;
    cursor::page(limit, cursor, |last: &Notification| (last.created_at, last.id), read).await
}

/// The newest that the actor has not read.
///
/// # Errors
/// The database failed.
pub async fn latest_unread(scope: &Scope, limit: i64) -> Result<Vec<Notification>, OpsError> {
    scope.authorize(Permission::ReadNotifications)?;
    Ok(notifications::latest_unread(&scope.db(), scope.actor.who, limit).await?)
}

/// How many the actor has not read.
///
/// # Errors
/// The database failed.
pub async fn unread(scope: &Scope) -> Result<i64, OpsError> {
    scope.authorize(Permission::ReadNotifications)?;
    Ok(notifications::unread(&scope.db(), scope.actor.who).await?)
}

/// What the header of every page counts.
///
/// # Errors
/// The database failed.
pub async fn waiting(scope: &Scope) -> Result<Waiting, OpsError> {
    scope.authorize(Permission::ReadNotifications)?;
    scope.authorize(Permission::ReadIncidents)?;
    Ok(notifications::waiting(&scope.db(), scope.actor.who).await?)
}

/// Marks it as read by the actor.
///
/// # Errors
/// There is no such notification in the actor's team.
pub async fn mark_read(scope: &Scope, id: NotificationId) -> Result<(), OpsError> {
    scope.authorize(Permission::MarkNotifications)?;
    let mut tx = scope.begin().await?;
    if !notifications::mark_read(&mut tx, scope.actor.who, id, scope.console.clock.now()).await? {
        return Err(ErrorCode::NotificationNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::NotificationRead, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks all that there are as read by the actor.
///
/// # Errors
/// The database failed.
pub async fn mark_all_read(scope: &Scope) -> Result<(), OpsError> {
    scope.authorize(Permission::MarkNotifications)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    notifications::mark_all_read(&mut tx, scope.actor.who, now, now - COMMITTED_WITHIN).await?;
    scope.audit(&mut tx, AuditAct::NotificationsRead, Subject::default()).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes a notification in the unit of work that it tells of; listeners hear of it with the rest of `pending`.
///
/// # Errors
/// The database failed.
pub(crate) async fn in_console(tx: &mut Tx, team: TeamId, notification: Notification, pending: &mut PendingEvents) -> Result<(), OpsError> {
    notifications::insert(tx, team, &notification).await?;
    pending.notification(team, notification.into());
    Ok(())
}

/// What is told of an incident.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IncidentUpdate<'a> {
    pub incident: IncidentId,
    pub reason: DeliveryReason,
    pub now: Timestamp,
    /// Who did it; absent for the console.
    pub by: Option<&'a str>,
    pub detail: &'a str,
}

impl<'a> IncidentUpdate<'a> {
    fn announcement(self, others_are_down: bool) -> Announcement<'a> {
        let Self { reason, now, by, detail, .. } = self;
        let sent_from = [true, false].map(|lately| grouping::sent_from(now, reason, lately, others_are_down));
        Announcement { reason, now, by, detail, lately: now - grouping::INTERVAL, sent_from }
    }
}

/// Tells each channel that wants to hear of an incident, in the unit of work that it tells of: with what else of its group waits to be told there, or
/// in a message of its own. Where it tells that the incident has opened, its escalation begins.
/// They are sent once `pending` events of the incident are published.
///
/// # Errors
/// The database failed.
pub(crate) async fn enqueue_for_channels(
    tx: &mut Tx,
    team: TeamId,
    incident: IncidentId,
    reason: DeliveryReason,
    now: Timestamp,
    by: Option<&str>,
    detail: &str,
) -> Result<(), OpsError> {
    let Some(about) = incidents::get_in(tx, team, incident).await? else { return Ok(()) };
    let (_, policy) = severity_policies::get_in(tx, team).await?;
    if reason == DeliveryReason::Opened && about.held_back.is_none() {
        begin::begin(tx, team, &about, &policy, now).await?;
    }
    enqueue_for_all(tx, team, IncidentUpdate { incident, reason, now, by, detail }, policy.told_by(about.severity)).await
}

/// Tells each channel that wants to hear of it, unless its digest is one of `digests`.
///
/// # Errors
/// The database failed.
pub(crate) async fn enqueue_for_all(tx: &mut Tx, team: TeamId, update: IncidentUpdate<'_>, digests: &[Digest]) -> Result<(), OpsError> {
    let is_recovery = update.reason == DeliveryReason::Recovered;
    if is_recovery || update.reason == DeliveryReason::Acknowledged {
        enqueue::withdraw(tx, team, update.incident, update.now).await?;
    }
    let others_are_down = is_recovery && groups::announced_and_down(tx, team, update.incident).await? > 0;
    enqueue::to_channels(tx, team, update.incident, update.announcement(others_are_down), digests).await?;
    if is_recovery && !others_are_down {
        enqueue::hurry(tx, team, update.incident, update.now).await?;
    }
    Ok(())
}

/// Tells one channel, whatever it wants to hear of.
///
/// # Errors
/// The database failed.
pub(crate) async fn enqueue_for_one(tx: &mut Tx, team: TeamId, update: IncidentUpdate<'_>, channel: ChannelId) -> Result<(), OpsError> {
    Ok(enqueue::to_channel(tx, team, update.incident, update.announcement(false), channel).await?)
}
