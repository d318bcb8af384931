//! A bot of Telegram.

use domain::{channel::ChannelDescriptor, error::FieldError, kind::Field};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Address, Channel, Part, cut, post};
use crate::{
    notify::{failed::Failed, message::Message},
    vault::Credential,
};

/// What Telegram takes, in characters.
const LONGEST: usize = 4_096;

pub struct Telegram(ChannelDescriptor);

impl Telegram {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "telegram",
            title: "Telegram",
            summary: "A chat, group or channel of Telegram, by a bot.",
            fields: vec![
                Field::text("chat_id", "Chat").required().hint("The number of the chat, or @name of a public channel. The bot must be a member."),
                Field::url("url", "API").default_to("https://api.telegram.org").hint("Another one only for a Bot API server of your own."),
                Field::secret("bot_token", "Bot token").required().hint("As BotFather gave it."),
            ],
        })
    }
}

impl Channel for Telegram {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    /// The token becomes a part of the path.
    fn check_credential(&self, credential: &Credential) -> Vec<FieldError> {
        let fits = |token: &str| token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-'));
        let wrong = credential.get("bot_token").filter(|token| !fits(token.expose_secret()));
        wrong.map(|_| FieldError::new("credential.bot_token", "Letters, digits, and the signs : _ - alone.")).into_iter().collect()
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        // Without a parse mode it is plain text.
        let text = format!("{}\n{}\n{}", message.title(), message.lines().join("\n"), message.link);
        let body = json!({ "chat_id": to.text("chat_id"), "text": cut(&text, LONGEST), "link_preview_options": { "is_disabled": true } });
        Ok(vec![Part::request(post(to.url(&format!("bot{}/sendMessage", to.needed("bot_token")?))?, &body))])
    }
}
