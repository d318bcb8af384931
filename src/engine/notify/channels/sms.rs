//! Text messages, by the API of Twilio or of what understands it.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use domain::{channel::ChannelDescriptor, error::FieldError, kind::Field, profile::Settings, settings::text};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::form_urlencoded;

use super::{Address, Channel, Part, cut, post, with_header};
use crate::{
    notify::{failed::Failed, message::Message},
    vault::Credential,
};

/// Two messages' worth, in characters: each costs.
const LONGEST: usize = 300;

pub struct Sms(ChannelDescriptor);

impl Sms {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "sms",
            title: "SMS",
            summary: "Text messages to telephones, by Twilio or a service that understands its API.",
            fields: vec![
                Field::url("url", "API").required().default_to("https://api.twilio.com"),
                Field::text("from", "Sender").required().hint("A number that the account may send from, such as +15005550006."),
                Field::list("to", "Receivers").required().hint("One number a line, each with + and the country."),
                Field::secret("account", "Account").required().hint("Its SID: AC…"),
                Field::secret("token", "Token").required(),
            ],
        })
    }
}

impl Channel for Sms {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let is_number =
            |text: &str| text.strip_prefix('+').is_some_and(|digits| (6..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit()));
        let mut to = settings.get("to").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let mut errors = Vec::new();
        if !to.all(is_number) {
            errors.push(FieldError::new("settings.to", "One number a line, each with + and 6 to 15 digits."));
        }
        if text(settings, "from").len() > 40 {
            errors.push(FieldError::new("settings.from", "At most 40 characters."));
        }
        errors
    }

    /// The account becomes a part of the path.
    fn check_credential(&self, credential: &Credential) -> Vec<FieldError> {
        let wrong = credential.get("account").filter(|account| !account.expose_secret().chars().all(|c| c.is_ascii_alphanumeric()));
        wrong.map(|_| FieldError::new("credential.account", "Letters and digits alone.")).into_iter().collect()
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let (account, token) = (to.needed("account")?, to.needed("token")?);
        let url = to.url(&format!("2010-04-01/Accounts/{account}/Messages.json"))?;
        // One link is enough: whoever acknowledges sees there what it is about.
        let link = message.acknowledge.as_ref().unwrap_or(&message.link);
        let text = format!("{} {link}", cut(&format!("{}: {}", message.title(), message.summary), LONGEST));
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{account}:{token}")));
        let one = |number: &str| {
            let form = form_urlencoded::Serializer::new(String::new()).extend_pairs([("From", to.text("from")), ("To", number), ("Body", &text)]).finish();
            let request = with_header(post(url.clone(), &Value::Null), CONTENT_TYPE, "application/x-www-form-urlencoded")?;
            let mut request = with_header(request, AUTHORIZATION, &authorization)?;
            request.body = Bytes::from(form);
            Ok(Part::Requests { to: number.to_owned(), requests: vec![request] })
        };
        to.list("to").map(one).collect()
    }
}
