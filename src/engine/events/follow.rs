//! What other nodes on the same database change: looked up while anyone listens here, since their events are told in their own process.

use std::{collections::HashMap, time::Duration};

use tokio::time::sleep;

use super::{Told, send};
use crate::{Console, OpsError};
use domain::{
    health::HealthSnapshot,
    heartbeat::Slot,
    ids::{IncidentId, NotificationId},
    incident::IncidentStatus,
    time::Timestamp,
};
use store::{health_snapshots::recent, incidents, notifications};

const EVERY: Duration = Duration::from_secs(2);
/// A heartbeat may be written this long after it was due.
const LATE: Duration = Duration::from_secs(120);

/// What has been told, so that it is told once.
#[derive(Default)]
struct Seen {
    health: HashMap<i32, HealthSnapshot>,
    incidents: HashMap<IncidentId, IncidentStatus>,
    notifications: HashMap<NotificationId, Timestamp>,
}

/// Tells the listeners of this process what any node has written, for as long as the process lives.
pub async fn run(console: Console) {
    let (mut seen, mut nobody_since) = (None, console.clock.now());
    loop {
        sleep(EVERY).await;
        if !console.events.has_listeners() {
            (seen, nobody_since) = (None, console.clock.now());
            continue;
        }
        let looked = match &seen {
            Some(before) => look(&console, before).await,
            None => first_look(&console, nobody_since - EVERY).await,
        };
        match looked {
            Ok(now) => seen = Some(now),
            // What was seen stays, so that the next look tells what this one could not.
            Err(error) => tracing::warn!(%error, "what other nodes changed could not be read"),
        }
    }
}

/// Tells what has changed since there was nobody to tell, and remembers what changed before.
async fn first_look(console: &Console, since: Timestamp) -> Result<Seen, OpsError> {
    let (_, told) = changes(console, &Seen::default(), since).await?;
    let (now, _) = changes(console, &Seen::default(), console.clock.now() - LATE).await?;
    send(console, told);
    Ok(now)
}

async fn look(console: &Console, before: &Seen) -> Result<Seen, OpsError> {
    let (now, told) = changes(console, before, console.clock.now() - LATE).await?;
    send(console, told);
    Ok(now)
}

/// Everything that changed at `since` or later, and what of it was not seen before.
async fn changes(console: &Console, before: &Seen, since: Timestamp) -> Result<(Seen, Told), OpsError> {
    let (mut now, mut told) = (Seen::default(), Told::default());
    for row in recent::since(&console.db, Slot::at(since)).await? {
        let known = before.health.get(&row.key);
        if known != Some(&row.snapshot) {
            told.health(row.team, row.connection, known.map(|known| known.status).unwrap_or_default(), row.snapshot.clone());
        }
        now.health.insert(row.key, row.snapshot);
    }
    for (team, id, status) in incidents::changed_since(&console.db, since).await? {
        if before.incidents.get(&id) != Some(&status) {
            told.incident(team, id, status);
        }
        now.incidents.insert(id, status);
    }
    for (team, notification) in notifications::since(&console.db, since).await? {
        now.notifications.insert(notification.id, notification.created_at);
        if !before.notifications.contains_key(&notification.id) {
            told.notification(team, notification.into());
        }
    }
    Ok((now, told))
}
