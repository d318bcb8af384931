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
use store::deliveries::{Queued, enqueue::Member};

/// Of each text from outside, in characters.
const LONGEST: usize = 1_000;

/// Incidents of a group that a message names one by one.
const NAMED: usize = 20;

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
    /// The incident that began its group, by which a receiver knows what belongs together.
    group: Option<IncidentId>,
    /// Where it is about several incidents: all of them, the oldest first.
    several: Vec<Member>,
    /// How many others the channel was told of together with it were not over.
    still_down: i64,
    /// The page on which whoever was told takes the incident on, without signing in.
    pub acknowledge: Option<String>,
}

impl Message {
    /// `address` is where people reach the console.
    pub fn of(queued: Queued, address: &str) -> Self {
        let delivery = queued.delivery;
        let several = if queued.members.len() > 1 { queued.members } else { Vec::new() };
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
            severity: several.iter().map(|member| member.severity).min().or(delivery.severity),
            connection: delivery.connection_name.as_deref().map(one_line),
            environment: delivery.environment,
            summary: one_line(&queued.summary),
            by: queued.actor.as_deref().map(one_line),
            detail: if delivery.reason == DeliveryReason::Digest { String::new() } else { one_line(&queued.detail) },
            entries: if delivery.reason == DeliveryReason::Digest { queued.detail.lines().map(one_line).collect() } else { Vec::new() },
            link,
            group: queued.group_id,
            several,
            still_down: queued.still_down.unwrap_or_default(),
            acknowledge: None,
        }
    }

    #[must_use]
    pub fn acknowledged_at(self, acknowledge: Option<String>) -> Self {
        Self { acknowledge, ..self }
    }

    /// `[P2] Orders fails`, `[P1] 40 connections fail`
    pub fn title(&self) -> String {
        let severity = self.severity.map(|severity| format!("[{}] ", severity.label())).unwrap_or_default();
        let by = self.by.as_deref();
        let (name, fails, still_fails) = match (self.several.len(), &self.connection) {
            (0, Some(connection)) => (connection.clone(), "fails", "still fails"),
            // What a person declared, about no connection, is called by what they said.
            (0, None) => (self.summary.clone(), "is open", "is still open"),
            (count, _) => (format!("{count} connections"), "fail", "still fail"),
        };
        match self.reason {
            DeliveryReason::Opened => by.map_or_else(|| format!("{severity}{name} {fails}"), |by| format!("{severity}{name}: declared by {by}")),
            DeliveryReason::Escalated => format!("{severity}{name} {still_fails}: you are next"),
            // What a runbook says.
            DeliveryReason::Reminder if self.incident.is_none() => self.summary.clone(),
            DeliveryReason::Reminder => format!("{severity}{name} {still_fails}"),
            DeliveryReason::Overdue => format!("{severity}{name} {still_fails}: nobody has responded in time"),
            DeliveryReason::Acknowledged => format!("{severity}{name}: acknowledged by {}", by.unwrap_or("the console")),
            DeliveryReason::Recovered => {
                let rest = if self.still_down > 0 { format!(", {} still down", self.still_down) } else { String::new() };
                by.map_or_else(|| format!("{severity}{name} recovered{rest}"), |by| format!("{severity}{name}: resolved by {by}{rest}"))
            }
            DeliveryReason::Digest => "Digest of Switchboard".to_owned(),
            DeliveryReason::Test => "Test of Switchboard".to_owned(),
        }
    }

    /// [`Self::facts`], and the address by which somebody takes it on: for those that know no links with a text.
    pub fn lines(&self) -> Vec<String> {
        let acknowledge = self.acknowledge.iter().map(|address| format!("Acknowledge: {address}"));
        self.facts().into_iter().chain(acknowledge).collect()
    }

    /// What is worth knowing besides the title, a line each. Of several incidents, the first [`NAMED`] are named.
    pub fn facts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.several.is_empty() {
            lines.push(self.summary.clone());
        }
        lines.extend(self.several.iter().take(NAMED).map(|member| one_line(&member.summary)));
        if self.several.len() > NAMED {
            lines.push(format!("and {} more", self.several.len() - NAMED));
        }
        let says_more = self.several.is_empty() || self.by.is_some();
        if says_more && !self.detail.is_empty() && !lines.iter().any(|line| line.contains(&self.detail)) {
            lines.push(self.detail.clone());
        }
        if let Some(environment) = self.environment.filter(|_| self.several.is_empty()) {
            lines.push(format!("Environment: {environment}"));
        }
        if self.incident.is_some() {
            lines.push(format!("Opened: {}", self.opened_at.exact()));
        }
        lines.extend(self.entries.iter().cloned());
        lines
    }

    /// Whether all that it belongs to is over.
    pub fn is_over(&self) -> bool {
        self.reason == DeliveryReason::Recovered && self.still_down == 0
    }

    /// The group of its incident, or the message itself where there is none.
    pub fn thread(&self) -> String {
        self.group.or(self.incident).map_or_else(|| self.id.to_string(), |id| id.to_string())
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
                "group_id": self.group,
                "incident_count": self.several.len().max(usize::from(self.incident.is_some())),
                "incidents": self.several.iter().take(NAMED).map(named).collect::<Vec<_>>(),
                "still_down": self.still_down,
                "acknowledge_url": self.acknowledge,
                "entries": self.entries,
            },
        })
    }
}

fn named(member: &Member) -> Value {
    json!({
        "incident_id": member.incident_id,
        "severity": member.severity,
        "connection": member.connection_name.as_deref().map(one_line),
        "environment": member.environment,
        "summary": one_line(&member.summary),
        "opened_at": member.opened_at,
    })
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
