//! Events API v2 of PagerDuty, or of what understands it.

use domain::{
    channel::ChannelDescriptor,
    delivery::DeliveryReason,
    kind::Field,
    severity::{IncidentSeverity, Severity},
};
use serde_json::{Value, json};

use super::{Address, Channel, Part, cut, post};
use crate::notify::{failed::Failed, message::Message};

/// What PagerDuty takes as a summary, in characters.
const SUMMARY: usize = 1_024;

pub struct PagerDuty(ChannelDescriptor);

impl PagerDuty {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "pagerduty",
            title: "PagerDuty",
            summary: "A service of PagerDuty: each incident triggers an alert there, which is acknowledged and resolved with it.",
            fields: vec![
                Field::url("url", "Events API")
                    .default_to("https://events.pagerduty.com/v2/enqueue")
                    .hint("Another one for the EU region or a gateway of your own."),
                Field::secret("routing_key", "Integration key").required().hint("Of an integration “Events API v2”."),
            ],
        })
    }
}

impl Channel for PagerDuty {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let actions: &[_] = match message.reason {
            DeliveryReason::Acknowledged => &["acknowledge"],
            DeliveryReason::Recovered if message.is_over() => &["resolve"],
            // So that nobody has to end what is no alert.
            DeliveryReason::Test | DeliveryReason::Digest => &["trigger", "resolve"],
            _ => &["trigger"],
        };
        let severity = match message.severity.map(IncidentSeverity::notified_as) {
            Some(Severity::Critical) => "critical",
            Some(Severity::Error) => "error",
            Some(Severity::Warning) => "warning",
            Some(Severity::Info) | None => "info",
        };
        let (url, routing_key) = (to.url("")?, to.needed("routing_key")?);
        let event = |action: &&str| {
            json!({
                "routing_key": routing_key,
                "event_action": action,
                "dedup_key": message.thread(),
                "client": "Switchboard",
                "client_url": message.link,
                "links": links(message),
                "payload": {
                    "summary": cut(&format!("{}: {}", message.title(), message.summary), SUMMARY),
                    "source": message.connection.as_deref().unwrap_or("Switchboard"),
                    "severity": severity,
                    "timestamp": message.at,
                    "group": message.environment,
                    "custom_details": { "detail": message.detail, "by": message.by, "delivery": message.id },
                },
            })
        };
        let requests = actions.iter().map(|action| post(url.clone(), &event(action))).collect();
        Ok(vec![Part::Requests { to: String::new(), requests }])
    }
}

fn links(message: &Message) -> Vec<Value> {
    let acknowledge = message.acknowledge.as_ref().map(|address| json!({ "href": address, "text": "Acknowledge" }));
    [json!({ "href": message.link, "text": "Open in Switchboard" })].into_iter().chain(acknowledge).collect()
}
