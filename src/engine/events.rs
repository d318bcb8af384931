//! What has changed, for whoever looks at it live. Nothing here is kept: a listener that missed something reads again.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast;

use super::{Console, store::db::Pool};
use crate::domain::{
    health::{HealthSnapshot, HealthStatus},
    heartbeat::Slot,
    incident::{IncidentId, IncidentStatus},
    notification::NotificationId,
    operator::TeamId,
    profile::ProfileId,
};

pub mod follow;

/// Events that a slow listener may lag behind before it is told to read again.
const BACKLOG: usize = 256;

/// One event, rendered once for all listeners.
#[derive(Debug)]
pub struct Event {
    pub team: TeamId,
    frame: Bytes,
}

impl Event {
    fn new(team: TeamId, name: &str, data: &impl Serialize) -> Self {
        // Names and numbers alone: they always become JSON, and JSON has no line breaks.
        let data = serde_json::to_string(data).unwrap_or_default();
        Self { team, frame: format!("event: {name}\ndata: {data}\n\n").into() }
    }

    /// As `text/event-stream` has it.
    pub fn frame(&self) -> Bytes {
        self.frame.clone()
    }
}

/// The listeners of this process.
#[derive(Clone)]
pub struct Events(broadcast::Sender<Arc<Event>>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Events {
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.subscribe()
    }

    pub fn has_listeners(&self) -> bool {
        self.0.receiver_count() > 0
    }

    fn send(&self, event: Event) {
        // Fails only when nobody listens.
        let _ = self.0.send(Arc::new(event));
    }
}

/// What a unit of work changed, to be told once it is committed.
#[derive(Default)]
pub struct Told {
    health: HashMap<TeamId, Vec<HealthChange>>,
    incidents: Vec<(TeamId, IncidentId, IncidentStatus)>,
    notifications: Vec<(TeamId, NotificationId, String)>,
}

#[derive(Serialize)]
struct HealthChange {
    connection_id: ProfileId,
    status: HealthStatus,
    consecutive_failures: u32,
    last_heartbeat_at: Option<Slot>,
    last_latency_ms: Option<f64>,
    open_incident_id: Option<IncidentId>,
}

impl Told {
    pub fn health(&mut self, team: TeamId, connection_id: ProfileId, snapshot: HealthSnapshot) {
        self.health.entry(team).or_default().push(HealthChange {
            connection_id,
            status: snapshot.status,
            consecutive_failures: snapshot.consecutive_failures,
            last_heartbeat_at: snapshot.last_slot,
            last_latency_ms: snapshot.last_latency.map(|tenths| f64::from(tenths) / 10.0),
            open_incident_id: snapshot.open_incident_id,
        });
    }

    pub fn incident(&mut self, team: TeamId, id: IncidentId, status: IncidentStatus) {
        self.incidents.push((team, id, status));
    }

    pub fn notification(&mut self, team: TeamId, id: NotificationId, title: String) {
        self.notifications.push((team, id, title));
    }
}

/// Tells every listener of this process. Where several nodes share a database, [`follow`] tells them instead.
pub fn publish(console: &Console, told: Told) {
    if console.events.has_listeners() && matches!(console.db.writer, Pool::Sqlite(_)) {
        send(console, told);
    }
}

fn send(console: &Console, told: Told) {
    for (team, items) in told.health {
        console.events.send(Event::new(team, "health", &json!({ "items": items })));
    }
    for (team, id, status) in told.incidents {
        console.events.send(Event::new(team, "incident", &json!({ "id": id, "status": status })));
    }
    for (team, id, title) in told.notifications {
        console.events.send(Event::new(team, "notification", &json!({ "id": id, "title": title })));
    }
}
