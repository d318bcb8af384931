//! Mail, by the console's own mail server.

use domain::{channel::ChannelDescriptor, error::FieldError, kind::Field, profile::Settings};
use lettre::Address as MailAddress;
use probes::dispatch::is_mail_address;
use serde_json::Value;

use super::{Address, Channel, Part};
use crate::{
    email_message::EmailMessage,
    notify::{failed::Failed, message::Message},
};

pub struct Email(ChannelDescriptor);

impl Email {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "email",
            title: "E-mail",
            summary: "Mail to one or several addresses, by the mail server of SWITCHBOARD_SMTP_URL.",
            fields: vec![Field::list("to", "Receivers").required().hint("One address a line. Each gets a mail of its own.")],
        })
    }
}

impl Channel for Email {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn origin(&self, _settings: &Settings) -> String {
        String::new()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let mut to = settings.get("to").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let wrong = to.find(|address| !is_mail_address(address) || address.parse::<MailAddress>().is_err());
        wrong.map(|address| FieldError::new("settings.to", format!("“{address}” is no mail address."))).into_iter().collect()
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        // The channel itself is as it should be.
        let from = to.mail_from.ok_or_else(|| Failed::for_now("The console has no mail server: its administrator sets SWITCHBOARD_SMTP_URL."))?;
        to.list("to").map(|address| Ok(mail(from, address, message)?)).collect()
    }
}

fn mail(from: &str, to: &str, message: &Message) -> Result<Part, String> {
    let letter = EmailMessage {
        from,
        to,
        subject: message.title(),
        body: format!("{}\r\n\r\n{}\r\n", message.lines().join("\r\n"), message.link),
        id: message.id.to_string(),
        at: message.at,
        thread: Some(format!("incident-{}", message.thread())),
    };
    Ok(Part::Mail { to: to.to_owned(), message: letter.write()? })
}
