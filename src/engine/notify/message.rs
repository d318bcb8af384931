//! What is told on a channel, in words that each writes in its own way. Nothing in it ends a line or turns text around, whoever gave it.

use domain::{
    bidi,
    delivery::DeliveryReason,
    environment::Environment,
    ids::{DeliveryId, IncidentId},
    severity::IncidentSeverity,
    time::Timestamp,
};
use serde_json::{Value, json};
use store::deliveries::Queued;

/// Of each text from outside, in characters.
const LONGEST: usize = 1_000;

/// What a message calls an incident that is about no connection.
const CONSOLE: &str = "Switchboard itself";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: DeliveryId,
    pub reason: DeliveryReason,
    /// When it happened.
    pub at: Timestamp,
    pub incident: Option<IncidentId>,
    /// The incident was.
    pub opened_at: Timestamp,
    pub severity: Option<IncidentSeverity>,
    /// As it was called then.
    pub connection: Option<String>,
    pub environment: Option<Environment>,
    pub summary: String,
    /// Who did it; absent for the console.
    pub by: Option<String>,
    /// What they or the console said besides; may be empty.
    pub detail: String,
    /// Of a digest.
    pub entries: Vec<String>,
    /// The page about it.
    pub link: String,
    /// The page on which whoever was told takes the incident on, without signing in.
    pub acknowledge: Option<String>,
}

impl Message {
    /// `address` is where people reach the console.
    pub fn of(queued: Queued, address: &str) -> Self {
        let delivery = queued.delivery;
        let link = match (delivery.incident_id, delivery.reason) {
            (Some(id), _) => format!("{address}/operations/incidents/{id}"),
            (None, DeliveryReason::Digest) => format!("{address}/operations/incidents"),
            (None, _) => format!("{address}/settings/channels"),
        };
        Self {
            id: delivery.id,
            reason: delivery.reason,
            at: delivery.created_at,
            incident: delivery.incident_id,
            opened_at: queued.opened_at,
            severity: delivery.severity,
            connection: delivery.connection_name.as_deref().map(one_line),
            environment: delivery.environment,
            summary: one_line(&queued.summary),
            by: queued.actor.as_deref().map(one_line),
            detail: if delivery.reason == DeliveryReason::Digest { String::new() } else { one_line(&queued.detail) },
            entries: if delivery.reason == DeliveryReason::Digest { queued.detail.lines().map(one_line).collect() } else { Vec::new() },
            link,
            acknowledge: None,
        }
    }

    #[must_use]
    pub fn acknowledged_at(self, acknowledge: Option<String>) -> Self {
        Self { acknowledge, ..self }
    }

    /// `[P2] Orders fails`
    pub fn title(&self) -> String {
        let severity = self.severity.map(|severity| format!("[{}] ", severity.to_string().to_uppercase())).unwrap_or_default();
        let name = self.connection.as_deref().unwrap_or(CONSOLE);
        let by = self.by.as_deref();
        match self.reason {
            DeliveryReason::Opened => format!("{severity}{name} fails"),
            DeliveryReason::Escalated => format!("{severity}{name} still fails: you are next"),
            DeliveryReason::Reminder => format!("{severity}{name} still fails"),
            DeliveryReason::Overdue => format!("{severity}{name} still fails: nobody has responded in time"),
            DeliveryReason::Acknowledged => format!("{severity}{name}: acknowledged by {}", by.unwrap_or("the console")),
            DeliveryReason::Recovered => by.map_or_else(|| format!("{severity}{name} recovered"), |by| format!("{severity}{name}: resolved by {by}")),
            DeliveryReason::Digest => "Digest of Switchboard".to_owned(),
            DeliveryReason::Test => "Test of Switchboard".to_owned(),
        }
    }

    /// What is worth knowing besides the title, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.summary.clone()];
        if !self.detail.is_empty() && !self.summary.contains(&self.detail) {
            lines.push(self.detail.clone());
        }
        if let Some(environment) = self.environment {
            lines.push(format!("Environment: {environment}"));
        }
        if self.incident.is_some() {
            lines.push(format!("Opened: {}", self.opened_at.exact()));
        }
        lines.extend(self.entries.iter().cloned());
        lines.extend(self.acknowledge.iter().map(|address| format!("Acknowledge: {address}")));
        lines
    }

    /// Whether what it is about is over.
    pub fn is_over(&self) -> bool {
        self.reason == DeliveryReason::Recovered
    }

    /// The incident, or the message itself where there is none.
    pub fn thread(&self) -> String {
        self.incident.map_or_else(|| self.id.to_string(), |id| id.to_string())
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "type": format!("incident.{}", self.reason),
            "timestamp": self.at,
            "data": {
                "incident_id": self.incident,
                "severity": self.severity,
                "connection": self.connection,
                "environment": self.environment,
                "title": self.title(),
                "summary": self.summary,
                "detail": self.detail,
                "by": self.by,
                "opened_at": self.opened_at,
                "url": self.link,
                "acknowledge_url": self.acknowledge,
            },
        })
    }
}

/// Without what ends a line or turns it around.
fn one_line(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).take(LONGEST).collect();
    bidi::visible(text.trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn what_comes_from_outside_stays_on_its_line() {
        assert_eq!(one_line("a\r\nBcc: eve@example.org\u{2028}b\u{202e}c"), "a  Bcc: eve@example.org b⟨U+202E⟩c");
        assert_eq!(one_line(&"x".repeat(5_000)).len(), 1_000);
    }
}
