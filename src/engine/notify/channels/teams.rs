//! Microsoft Teams, by a workflow that posts an Adaptive Card.

use domain::{channel::ChannelDescriptor, kind::Field};
use serde_json::{Value, json};

use super::{Address, Channel, Part, post};
use crate::notify::{failed::Failed, message::Message};

pub struct Teams(ChannelDescriptor);

impl Teams {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "teams",
            title: "Microsoft Teams",
            summary: "A Teams channel, by a workflow “When a webhook request is received”.",
            fields: vec![Field::secret("url", "Workflow URL").required().hint("Whoever knows it can write to the channel.")],
        })
    }
}

impl Channel for Teams {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn sealed_settings(&self) -> &'static [&'static str] {
        &["url"]
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let mut body = vec![plain(&message.title(), true)];
        body.extend(message.facts().iter().map(|line| plain(line, false)));
        let links = [("Open in Switchboard", Some(&message.link)), ("Acknowledge", message.acknowledge.as_ref())];
        let links = links.into_iter().filter_map(|(title, url)| Some(json!({ "type": "Action.OpenUrl", "title": title, "url": url? })));
        let card = json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": body,
                    "actions": links.collect::<Vec<_>>(),
                },
            }],
        });
        Ok(vec![Part::request(post(to.url("")?, &card))])
    }
}

/// A `TextBlock` would read Markdown; a `TextRun` reads none.
fn plain(text: &str, is_title: bool) -> Value {
    let (weight, size) = if is_title { ("bolder", "medium") } else { ("default", "default") };
    json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text, "weight": weight, "size": size }] })
}
