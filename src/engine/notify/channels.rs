//! What every type of channel can do, and the list of them. A type writes messages; it sends nothing itself.

use std::sync::LazyLock;

use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use probes::dispatch::{self, Request};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::{failed::Failed, message::Message};
use crate::vault::Credential;
use domain::{
    channel::{ChannelDescriptor, ChannelType},
    error::FieldError,
    kind::{Field, FieldType},
    profile::Settings,
    settings::text,
    time::Timestamp,
    web_address,
};

mod alertmanager;
mod discord;
mod email;
mod ntfy;
mod pagerduty;
mod slack;
mod sms;
mod teams;
mod telegram;
mod template;
mod webhook;

/// Where a message goes: a setting, or a secret where the address is all that it takes to write there.
const URL: &str = "url";

/// One way to reach a team. Everything else in the product sees only the descriptor.
pub trait Channel: Send + Sync {
    fn descriptor(&self) -> &ChannelDescriptor;

    /// Where the credential is sent, as `scheme://host:port`; it is sealed to that. The settings have passed the descriptor's checks.
    fn origin(&self, settings: &Settings) -> String {
        parsed(text(settings, "url")).map(|url| dispatch::origin(&url)).unwrap_or_default()
    }

    /// What programs write as a setting and what is a secret all the same: it is sealed with the credential.
    fn sealed_settings(&self) -> &'static [&'static str] {
        &[]
    }

    /// Settings as programs may write them, in the form in which they are kept.
    fn tidied(&self, settings: Settings) -> Settings {
        settings
    }

    /// What is wrong with settings that pass the descriptor's own checks, besides their URLs.
    fn check(&self, _settings: &Settings) -> Vec<FieldError> {
        Vec::new()
    }

    /// What is wrong with secrets that are there.
    fn check_credential(&self, credential: &Credential) -> Vec<FieldError> {
        let wrong = credential.get(URL).and_then(|url| checked_url(url.expose_secret()).err());
        wrong.map(|message| FieldError::new("credential.url", message)).into_iter().collect()
    }

    /// What an error must not repeat, beside the secrets as a whole: whoever knows it can write to the receiver, or read along.
    fn confidential(&self, settings: &Settings, credential: &Credential) -> Vec<String> {
        let sealed = credential.get(URL).map(|url| of_url(url.expose_secret()));
        of_url(text(settings, URL)).chain(sealed.into_iter().flatten()).collect()
    }

    /// The message as each receiver is to get it, each under a name that stays the same. Texts of the message are from outside: each is escaped for the
    /// channel's own markup.
    ///
    /// # Errors
    /// Settings or secrets that cannot be used.
    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed>;
}

/// A channel with its secrets opened.
pub struct Address<'a> {
    pub settings: &'a Settings,
    pub credential: &'a Credential,
    /// The address that the console's mail comes from, where it can send any.
    pub mail_from: Option<&'a str>,
    /// Of this attempt.
    pub now: Timestamp,
}

/// A message for one receiver: which of several `to` names, as the settings do; it is empty where there is only one.
#[derive(Debug)]
pub enum Part {
    /// One after the other.
    Requests {
        to: String,
        requests: Vec<Request>,
    },
    Mail {
        to: String,
        message: Vec<u8>,
    },
}

impl Part {
    /// For the only receiver.
    fn request(request: Request) -> Self {
        Self::Requests { to: String::new(), requests: vec![request] }
    }

    pub fn to(&self) -> &str {
        match self {
            Self::Requests { to, .. } | Self::Mail { to, .. } => to,
        }
    }
}

/// Every type of the product, in the order a person chooses from. A new one is one file and one line here.
static ALL: LazyLock<Vec<Box<dyn Channel>>> = LazyLock::new(|| {
    vec![
        Box::new(email::Email::new()) as Box<dyn Channel>,
        Box::new(slack::Slack::new()),
        Box::new(teams::Teams::new()),
        Box::new(discord::Discord::new()),
        Box::new(telegram::Telegram::new()),
        Box::new(pagerduty::PagerDuty::new()),
        Box::new(alertmanager::Alertmanager::new()),
        Box::new(ntfy::Ntfy::new()),
        Box::new(sms::Sms::new()),
        Box::new(webhook::Webhook::new()),
        Box::new(template::Template::new()),
    ]
});

pub fn all() -> impl Iterator<Item = &'static dyn Channel> {
    ALL.iter().map(AsRef::as_ref)
}

pub fn get(id: &ChannelType) -> Option<&'static dyn Channel> {
    all().find(|channel| channel.descriptor().id == id.as_str())
}

/// What the credential of a channel is sealed to. It begins as the origin of no connection does.
pub fn bound_to(kind: &dyn Channel, settings: &Settings) -> String {
    format!("channel {} {}", kind.descriptor().id, kind.origin(settings))
}

/// What is wrong with the URLs of settings that pass the descriptor's own checks.
pub fn check_urls(fields: &[Field], settings: &Settings) -> Vec<FieldError> {
    let given = fields.iter().filter(|field| field.kind == FieldType::Url && settings.contains_key(&*field.name));
    given.filter_map(|field| Some(FieldError::new(field.place(), parsed(text(settings, &field.name)).err()?))).collect()
}

/// What stands behind the host of a URL, as a whole and in its parts.
fn of_url(url: &str) -> impl Iterator<Item = String> + use<> {
    let parts = parsed(url).map(|url| {
        let (path, query) = (url.path(), url.query().unwrap_or_default());
        let whole = [format!("{path}?{query}"), path.to_owned(), query.to_owned()];
        let values = url.query_pairs().map(|(_, value)| value.into_owned());
        whole.into_iter().chain(path.split('/').map(str::to_owned)).chain(values).collect::<Vec<_>>()
    });
    parts.unwrap_or_default().into_iter()
}

/// As a person enters it.
fn checked_url(url: &str) -> Result<(), String> {
    web_address::check(url)?;
    parsed(url).map(drop)
}

fn parsed(url: &str) -> Result<Url, String> {
    dispatch::parse_url(url)
}

impl Address<'_> {
    /// Its URL, with `path` added to the path that it has.
    fn url(&self, path: &str) -> Result<Url, String> {
        let mut url = parsed(match self.text(URL) {
            "" => self.needed(URL)?,
            url => url,
        })?;
        if !path.is_empty() {
            let joined = format!("{}/{path}", url.path().trim_end_matches('/'));
            url.set_path(&joined);
        }
        Ok(url)
    }

    fn text(&self, name: &str) -> &str {
        text(self.settings, name)
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.settings.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    fn secret(&self, name: &str) -> Option<&str> {
        self.credential.get(name).map(ExposeSecret::expose_secret)
    }

    /// # Errors
    /// It is not there.
    fn needed(&self, name: &str) -> Result<&str, String> {
        self.secret(name).ok_or_else(|| "The credential is missing; enter it again.".to_owned())
    }
}

/// JSON by POST.
fn post(url: Url, body: &Value) -> Request {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    Request { method: Method::POST, url, headers, body: Bytes::from(body.to_string()) }
}

/// With one header more.
fn with_header(mut request: Request, name: HeaderName, value: &str) -> Result<Request, String> {
    let mut value = HeaderValue::from_str(value).map_err(|_| format!("The header {name} cannot be sent."))?;
    value.set_sensitive(name == AUTHORIZATION);
    request.headers.insert(name, value);
    Ok(request)
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests;
