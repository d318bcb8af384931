//! Prometheus Alertmanager, API v2: it groups, silences and routes as it does with Prometheus' own alerts.

use std::time::Duration;

use domain::{channel::ChannelDescriptor, kind::Field};
use serde_json::json;

use super::{Address, Channel, Part, post};
use crate::notify::{failed::Failed, message::Message};

/// An alert without an end is taken for over after five minutes; this one ends when we say so.
const LASTS: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An end that lies ahead of its own clock Alertmanager takes for one that may still move, and keeps the later one: so it is told one that is
/// past by any clock.
const APART: Duration = Duration::from_secs(60);

pub struct Alertmanager(ChannelDescriptor);

impl Alertmanager {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "alertmanager",
            title: "Alertmanager",
            summary: "Prometheus Alertmanager, which groups and routes as you have set it up.",
            fields: vec![Field::url("url", "URL").required().hint("Of Alertmanager itself, without /api/v2.")],
        })
    }
}

impl Channel for Alertmanager {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        // An alert is known by its labels, so nothing stands in them that could change while the incident lasts.
        let mut labels = json!({ "alertname": "SwitchboardIncident", "incident": message.thread() });
        if let Some(severity) = message.severity {
            labels["severity"] = json!(severity);
        }
        let is_over = message.incident.is_none() || message.is_over();
        let ends_at = if is_over { message.opened_at.max(message.at - APART) } else { message.at + LASTS };
        let alert = json!([{
            "labels": labels,
            "annotations": {
                "title": message.title(),
                "summary": message.summary,
                "description": message.lines().join("\n"),
                "connection": message.connection.as_deref().unwrap_or_default(),
                "environment": message.environment.map(|environment| environment.to_string()).unwrap_or_default(),
                "acknowledged_by": message.by.as_deref().unwrap_or_default(),
            },
            "startsAt": message.opened_at,
            "endsAt": ends_at,
            "generatorURL": message.link,
        }]);
        Ok(vec![Part::request(post(to.url("api/v2/alerts")?, &alert))])
    }
}
