//! What the console tells of as it happens (`/api/events`), as it is written to the stream and read from it.
//!
//! Programs read the same JSON: members may be added, none taken away.

use serde::{Deserialize, Serialize};

use super::{
    health::HealthStatus,
    ids::{IncidentId, NotificationId, ProfileId},
    incident::IncidentStatus,
    notification::Notification,
    severity::Severity,
    time::Timestamp,
};

/// An event of the stream.
pub trait StreamEvent {
    /// Its name on the stream.
    const NAME: &'static str;
}

/// What a heartbeat showed of a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthChange {
    pub connection_id: ProfileId,
    pub status: HealthStatus,
    pub consecutive_failures: u32,
    pub last_heartbeat_at: Option<Timestamp>,
    /// Milliseconds, to a tenth.
    pub last_latency_ms: Option<f64>,
    pub open_incident_id: Option<IncidentId>,
}

/// Heartbeats that ended since the event before, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HealthChanges {
    pub items: Vec<HealthChange>,
}

/// An incident was opened, acknowledged, noted on or resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentChange {
    pub id: IncidentId,
    pub status: IncidentStatus,
}

/// The team has a new notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationChange {
    pub id: NotificationId,
    pub title: String,
    pub severity: Severity,
    /// The incident it is about.
    #[serde(default)]
    pub incident_id: Option<IncidentId>,
}

impl From<Notification> for NotificationChange {
    fn from(notification: Notification) -> Self {
        let Notification { id, title, severity, incident_id, .. } = notification;
        Self { id, title, severity, incident_id }
    }
}

/// The reader fell behind, or something changed that has no event of its own, such as a step of a runbook: everything must be read once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAgain {}

/// Nothing happened, and the stream lives: its silence would say that it is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alive {}

/// The reader's session has ended, or it may not read any more; the stream ends with this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEnded {}

impl StreamEvent for HealthChanges {
    const NAME: &'static str = "health";
}

impl StreamEvent for IncidentChange {
    const NAME: &'static str = "incident";
}

impl StreamEvent for NotificationChange {
    const NAME: &'static str = "notification";
}

impl StreamEvent for ReadAgain {
    const NAME: &'static str = "again";
}

impl StreamEvent for Alive {
    const NAME: &'static str = "alive";
}

impl StreamEvent for AccessEnded {
    const NAME: &'static str = "ended";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_json_on_the_stream_stays_as_it_is() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let wire = json!({ "items": [{
            "connection_id": id, "status": "incident", "consecutive_failures": 2, "last_heartbeat_at": "2026-01-02T03:04:05.000Z",
            "last_latency_ms": 12.5, "open_incident_id": null,
        }] });
        let changes: HealthChanges = serde_json::from_value(wire.clone()).expect("an event");
        assert_eq!(serde_json::to_value(&changes).expect("JSON"), wire);
        let incident = json!({ "id": id, "status": "acknowledged" });
        let change: IncidentChange = serde_json::from_value(incident.clone()).expect("an event");
        assert_eq!(serde_json::to_value(&change).expect("JSON"), incident);
        let notification = json!({ "id": id, "title": "Orders fails (P2)", "severity": "critical", "incident_id": id });
        let change: NotificationChange = serde_json::from_value(notification.clone()).expect("an event");
        assert_eq!(serde_json::to_value(&change).expect("JSON"), notification);
        assert_eq!(serde_json::to_string(&ReadAgain {}).expect("JSON"), "{}");
    }
}
