//! The background task `suppression`: looks what holds incidents back, and tells those that nothing holds back any more.

use std::collections::HashMap;

use crate::{Console, OpsError, events::PendingEvents, maintenance, notify};
use domain::{
    delivery::DeliveryReason,
    health::HealthStatus,
    ids::{IncidentId, ProfileId},
    incident::{IncidentStatus, TimelineEntry, TimelineKind},
    matchers::Matched,
    notification::Notification,
    suppression_reason::{LastTry, SuppressionReason, is_told_now},
};
use store::{
    Tx,
    incidents::{
        self,
        groups::{self, Unresolved},
    },
    maintenance_windows, silences,
};

/// What is written down of an incident that is told after all.
const TOLD_NOW: &str = "What held it back is over.";

/// What may hold incidents back now.
struct Holding {
    windows: Vec<maintenance_windows::OfTeam>,
    silences: Vec<silences::OfTeam>,
    /// Incidents that are not over, by connection.
    down: HashMap<ProfileId, IncidentId>,
}

/// Any node may do it at any time: each incident is held and released once.
///
/// # Errors
/// The database failed.
pub async fn release_due(console: &Console) -> Result<(), OpsError> {
    maintenance::move_on(console).await?;
    let unresolved = groups::unresolved(&console.db).await?;
    if unresolved.is_empty() {
        return Ok(());
    }
    let now = console.clock.now();
    let holding = Holding {
        windows: maintenance_windows::open_now(&console.db, now).await?,
        silences: silences::on(&console.db, now).await?,
        down: unresolved.iter().map(|incident| (incident.connection_id, incident.id)).collect(),
    };
    for incident in &unresolved {
        let why = holding.why(incident);
        let held = incident.held_back.map(|held| (held, incident.follows_id));
        match (held, why) {
            (_, Some((why, follows))) if held != Some((why, follows)) => hold(console, incident, why, follows).await?,
            (Some((held, _)), None) if is_told_now(held, incident.followed_until, last_try(incident)) => release(console, incident).await?,
            _ => {}
        }
    }
    Ok(())
}

impl Holding {
    fn why(&self, incident: &Unresolved) -> Option<(SuppressionReason, Option<IncidentId>)> {
        let connection = Matched { id: incident.connection_id, environment: incident.environment, tags: &incident.tags };
        let in_maintenance = || self.windows.iter().any(|window| window.team_id == incident.team_id && window.matchers.hold_for(connection));
        let is_silenced = || self.silences.iter().any(|silence| silence.team_id == incident.team_id && silence.matchers.hold_for(connection));
        let followed = || incident.depends_on.iter().find_map(|id| self.down.get(id));
        if in_maintenance() {
            Some((SuppressionReason::Maintenance, None))
        } else if let Some(followed) = followed() {
            Some((SuppressionReason::Dependency, Some(*followed)))
        } else {
            is_silenced().then_some((SuppressionReason::Silence, None))
        }
    }
}

fn last_try(incident: &Unresolved) -> Option<LastTry> {
    Some(LastTry {
        at: incident.last_slot?.timestamp(),
        failed: incident.consecutive_failures > 0,
        in_maintenance: incident.health == HealthStatus::Maintenance,
    })
}

async fn hold(console: &Console, incident: &Unresolved, why: SuppressionReason, follows: Option<IncidentId>) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    if groups::hold(&mut tx, incident.team_id, incident.id, why, follows).await? {
        write_down(&mut tx, console, incident, why.sentence()).await?;
    }
    tx.commit().await?;
    publish(console, incident);
    Ok(())
}

/// Whoever was told of it before is reminded. Somebody who has acknowledged it knows.
async fn release(console: &Console, incident: &Unresolved) -> Result<(), OpsError> {
    let (now, team) = (console.clock.now(), incident.team_id);
    let mut tx = console.db.begin().await?;
    let mut pending = PendingEvents::default();
    if groups::release(&mut tx, team, incident.id, now).await? {
        write_down(&mut tx, console, incident, TOLD_NOW).await?;
        if incident.status == IncidentStatus::Open {
            let (reason, fails) = if incident.told_at.is_none() { (DeliveryReason::Opened, "fails") } else { (DeliveryReason::Reminder, "still fails") };
            let title = format!("{} {fails} ({})", incident.name, incident.severity.label());
            let notification = Notification::new(incident.severity.notified_as(), title, &incident.summary, now).about_incident(incident.id);
            notify::in_console(&mut tx, team, notification, &mut pending).await?;
            notify::enqueue_for_channels(&mut tx, team, incident.id, reason, now, None, TOLD_NOW).await?;
        }
    }
    tx.commit().await?;
    console.events.publish(pending);
    publish(console, incident);
    Ok(())
}

async fn write_down(tx: &mut Tx, console: &Console, incident: &Unresolved, text: &str) -> Result<(), OpsError> {
    let entry = TimelineEntry::new(console.clock.now(), TimelineKind::Note, text, None);
    Ok(incidents::add(tx, incident.team_id, incident.id, &entry).await?)
}

/// Pages that show it read again, and what is to be sent is.
fn publish(console: &Console, incident: &Unresolved) {
    let mut pending = PendingEvents::default();
    pending.incident(incident.team_id, incident.id, incident.status);
    console.events.publish(pending);
}
