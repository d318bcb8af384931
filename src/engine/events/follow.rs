//! What other nodes on the same database change: looked up while anyone listens here, since their events are told in their own process.

use std::{collections::HashMap, time::Duration};

use tokio::time::sleep;

use super::{Told, send};
use crate::{
    domain::{
        health::HealthSnapshot,
        heartbeat::Slot,
        incident::{IncidentId, IncidentStatus},
        notification::NotificationId,
        time::Timestamp,
    },
    engine::{
        Console, OpsError,
        store::{health_snapshots::recent, incidents, notifications},
    },
};

const EVERY: Duration = Duration::from_secs(2);
/// A heartbeat may be written this long after it was due.
const LATE: i64 = 120;

/// What has been told, so that it is told once.
#[derive(Default)]
struct Seen {
    health: HashMap<i32, HealthSnapshot>,
    incidents: HashMap<IncidentId, IncidentStatus>,
    notifications: HashMap<NotificationId, Timestamp>,
}

/// Tells the listeners of this process what any node has written, for as long as the process lives.
pub async fn run(console: Console) {
    let mut seen = None;
    loop {
        sleep(EVERY).await;
        if !console.events.has_listeners() {
            seen = None;
            continue;
        }
        match look(&console, seen.take()).await {
            Ok(now) => seen = Some(now),
            Err(error) => tracing::warn!(%error, "what other nodes changed could not be read"),
        }
    }
}

/// The first look only remembers.
async fn look(console: &Console, before: Option<Seen>) -> Result<Seen, OpsError> {
    let since = Slot::at(console.clock.now()).plus(-LATE);
    let (mut now, mut told, is_first) = (Seen::default(), Told::default(), before.is_none());
    let before = before.unwrap_or_default();
    for row in recent::since(&console.db, since).await? {
        let known = before.health.get(&row.key);
        if known != Some(&row.snapshot) {
            told.health(row.team, row.connection, known.map(|known| known.status).unwrap_or_default(), row.snapshot.clone());
        }
        now.health.insert(row.key, row.snapshot);
    }
    for (team, id, status) in incidents::changed_since(&console.db, since.timestamp()).await? {
        if before.incidents.get(&id) != Some(&status) {
            told.incident(team, id, status);
        }
        now.incidents.insert(id, status);
    }
    for (team, id, title, at) in notifications::since(&console.db, since.timestamp()).await? {
        if !before.notifications.contains_key(&id) {
            told.notification(team, id, title);
        }
        now.notifications.insert(id, at);
    }
    if !is_first {
        send(console, told);
    }
    Ok(now)
}
