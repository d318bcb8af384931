//! A webhook of Discord.

use domain::{channel::ChannelDescriptor, kind::Field};
use serde_json::json;

use super::{Address, Channel, Part, cut, post};
use crate::notify::{failed::Failed, message::Message};

/// What an embed takes, in characters; half of it, as any of them may be escaped.
const TITLE: usize = 256 / 2;
const DESCRIPTION: usize = 4_096 / 2;

pub struct Discord(ChannelDescriptor);

impl Discord {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "discord",
            title: "Discord",
            summary: "A Discord channel, by a webhook.",
            fields: vec![Field::secret("url", "Webhook URL").required().hint("https://discord.com/api/webhooks/… Whoever knows it can write to the channel.")],
        })
    }
}

impl Channel for Discord {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn sealed_settings(&self) -> &'static [&'static str] {
        &["url"]
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let color = if message.is_over() { 0x2e_a0_43 } else { 0xd1_24_2f };
        // Escaped as the texts are, an address would be no link.
        let acknowledge = message.acknowledge.as_ref().map(|address| format!("\n[Acknowledge]({address})"));
        let body = json!({
            // Nobody is called, whatever a name says.
            "allowed_mentions": { "parse": [] },
            "embeds": [{
                "title": escaped(&cut(&message.title(), TITLE)),
                "description": format!("{}{}", escaped(&cut(&message.facts().join("\n"), DESCRIPTION)), acknowledge.unwrap_or_default()),
                "url": message.link,
                "color": color,
                "timestamp": message.at,
            }],
        });
        Ok(vec![Part::request(post(to.url("")?, &body))])
    }
}

/// Discord's Markdown takes a backslash before any sign as the sign itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
