//! A topic of ntfy, on ntfy.sh or a server of your own.

use domain::{channel::ChannelDescriptor, error::FieldError, kind::Field, profile::Settings, settings::text, severity::IncidentSeverity};
use hyper::header::AUTHORIZATION;
use serde_json::json;

use super::{Address, Channel, Part, of_url, post, with_header};
use crate::{
    notify::{failed::Failed, message::Message},
    vault::Credential,
};

pub struct Ntfy(ChannelDescriptor);

impl Ntfy {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "ntfy",
            title: "ntfy",
            summary: "Push messages to telephones, by a topic of ntfy.",
            fields: vec![
                Field::url("url", "Server").required().default_to("https://ntfy.sh"),
                Field::text("topic", "Topic").required().hint("Without a token, whoever knows it can read along."),
                Field::secret("token", "Access token").hint("For a topic that is protected: tk_…"),
            ],
        })
    }
}

impl Channel for Ntfy {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn confidential(&self, settings: &Settings, _credential: &Credential) -> Vec<String> {
        [text(settings, "topic").to_owned()].into_iter().chain(of_url(text(settings, "url"))).collect()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let topic = text(settings, "topic");
        let fits = (1..=64).contains(&topic.len()) && topic.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if fits { Vec::new() } else { vec![FieldError::new("settings.topic", "1 to 64 letters, digits, and the signs _ - alone.")] }
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let priority = match message.severity {
            _ if message.is_over() => 3,
            Some(IncidentSeverity::P1) => 5,
            Some(IncidentSeverity::P2) => 4,
            Some(IncidentSeverity::P3) | None => 3,
            Some(IncidentSeverity::P4) => 2,
        };
        let acknowledge = message.acknowledge.iter().map(|address| json!({ "action": "view", "label": "Acknowledge", "url": address }));
        let body = json!({
            "topic": to.text("topic"),
            "title": message.title(),
            "message": message.facts().join("\n"),
            "priority": priority,
            "click": message.link,
            "actions": acknowledge.collect::<Vec<_>>(),
        });
        let request = post(to.url("")?, &body);
        let request = match to.secret("token") {
            Some(token) => with_header(request, AUTHORIZATION, &format!("Bearer {token}"))?,
            None => request,
        };
        Ok(vec![Part::request(request)])
    }
}
