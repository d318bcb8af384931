//! A mail as it is handed to a mail server. lettre writes its headers, so that no name breaks out of them.

use domain::time::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

pub struct EmailMessage<'a> {
    /// An address, under the console's name.
    pub from: &'a str,
    pub to: &'a str,
    pub subject: String,
    /// Plain text, whose lines end with CR LF.
    pub body: String,
    /// Names it at its host.
    pub id: String,
    pub at: Timestamp,
    /// Names what it belongs to at its host, so that mailboxes show them together.
    pub thread: Option<String>,
}

impl EmailMessage<'_> {
    /// # Errors
    /// In a sentence, such as that an address is none.
    pub fn write(self) -> Result<Vec<u8>, String> {
        let host = self.from.rsplit_once('@').map_or("localhost", |(_, host)| host);
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let mut mail = Message::builder()
            .from(mailbox(Some("Switchboard"), self.from)?)
            .to(mailbox(None, self.to)?)
            .subject(self.subject)
            .message_id(Some(format!("<{}@{host}>", self.id)))
            .date(self.at.as_datetime().into());
        if let Some(thread) = self.thread {
            mail = mail.references(format!("<{thread}@{host}>"));
        }
        let mail = mail.raw_header(automatic).header(ContentType::TEXT_PLAIN).body(self.body);
        mail.map(|mail| mail.formatted()).map_err(|_| "The mail cannot be written: something in it fits no line of a mail.".to_owned())
    }
}

fn mailbox(name: Option<&str>, address: &str) -> Result<Mailbox, String> {
    match address.parse::<Address>() {
        Ok(address) => Ok(Mailbox::new(name.map(str::to_owned), address)),
        Err(_) => Err(format!("{address} is no mail address.")),
    }
}
