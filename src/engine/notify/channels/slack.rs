//! An incoming webhook of Slack, or of what understands its messages (Mattermost, Rocket.Chat).

use domain::{channel::ChannelDescriptor, kind::Field};
use serde_json::json;

use super::{Address, Channel, Part, cut, post};
use crate::notify::{failed::Failed, message::Message};

/// What Slack takes in a header and in a section, in characters.
const HEADER: usize = 150;
const SECTION: usize = 3_000;

pub struct Slack(ChannelDescriptor);

impl Slack {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "slack",
            title: "Slack",
            summary: "A Slack channel, by an incoming webhook.",
            fields: vec![Field::secret("url", "Webhook URL").required().hint("https://hooks.slack.com/services/… Whoever knows it can write to the channel.")],
        })
    }
}

impl Channel for Slack {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn sealed_settings(&self) -> &'static [&'static str] {
        &["url"]
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let title = message.title();
        let body = json!({
            "text": escaped(&title),
            // As plain text nothing in it is markup.
            "blocks": [
                { "type": "header", "text": { "type": "plain_text", "text": cut(&title, HEADER), "emoji": false } },
                { "type": "section", "text": { "type": "plain_text", "text": cut(&message.facts().join("\n"), SECTION), "emoji": false } },
                { "type": "section", "text": { "type": "mrkdwn", "text": links(message) } },
            ],
        });
        Ok(vec![Part::request(post(to.url("")?, &body))])
    }
}

fn links(message: &Message) -> String {
    let acknowledge = message.acknowledge.as_ref().map(|address| format!(" · <{address}|Acknowledge>"));
    format!("<{}|Open in Switchboard>{}", message.link, acknowledge.unwrap_or_default())
}

/// As Slack asks for it: only then are mentions and links text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
