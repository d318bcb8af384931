//! Whatever else speaks HTTP: a request as a person writes it, with values of the message in its body.

use std::str::FromStr;

use bytes::Bytes;
use domain::{channel::ChannelDescriptor, error::FieldError, kind::Field, profile::Settings, settings::text};
use hyper::{
    HeaderMap, Method,
    header::{HeaderName, HeaderValue},
};
use probes::dispatch::Request;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{Address, Channel, Part, of_url};
use crate::{
    notify::{failed::Failed, message::Message},
    vault::Credential,
};

/// What a body may ask for.
const VALUES: [&str; 12] = ["id", "reason", "at", "incident", "severity", "connection", "environment", "title", "summary", "by", "link", "acknowledge"];

const HEADERS: &str = "headers";

/// Headers that say where a request goes or ends.
const RESERVED: [&str; 6] = ["host", "connection", "content-length", "transfer-encoding", "te", "upgrade"];

pub struct Template(ChannelDescriptor);

impl Template {
    pub fn new() -> Self {
        Self(ChannelDescriptor {
            id: "template",
            title: "Template",
            summary: "Any service that takes a request over HTTP, in a form that you write.",
            fields: vec![
                Field::url("url", "URL").required(),
                Field::choice("method", "Method", &["POST", "PUT", "PATCH", "GET"]),
                Field::secret_lines("headers", "Headers").hint("One a line: Name: value."),
                Field::multiline("body", "Body").hint(
                    "{{title}}, {{summary}}, {{connection}}, {{environment}}, {{severity}}, {{reason}}, {{incident}}, {{by}}, {{at}}, {{link}}, {{acknowledge}} and {{id}} are filled in, \
                    escaped to stand between quotation marks of JSON.",
                ),
            ],
        })
    }
}

impl Channel for Template {
    fn descriptor(&self) -> &ChannelDescriptor {
        &self.0
    }

    fn sealed_settings(&self) -> &'static [&'static str] {
        &[HEADERS]
    }

    /// Programs may give headers as an object.
    fn tidied(&self, mut settings: Settings) -> Settings {
        if let Some(Value::Object(headers)) = settings.get(HEADERS) {
            let lines = headers.iter().map(|(name, value)| Value::from(format!("{name}: {}", value.as_str().unwrap_or_default())));
            let lines = lines.collect();
            settings.insert(HEADERS.to_owned(), Value::Array(lines));
        }
        settings
    }

    /// A header carries a key as likely as not.
    fn confidential(&self, settings: &Settings, credential: &Credential) -> Vec<String> {
        let values =
            headers(credential).filter_map(|line| line.split_once(':')).flat_map(|(_, value)| [value.trim()].into_iter().chain(value.split_whitespace()));
        values.map(str::to_owned).chain(of_url(text(settings, "url"))).collect()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let wrong = filled(text(settings, "body"), |name| VALUES.contains(&name).then(String::new)).err();
        wrong.map(|message| FieldError::new("settings.body", message)).into_iter().collect()
    }

    fn check_credential(&self, credential: &Credential) -> Vec<FieldError> {
        let wrong = headers(credential).find_map(|line| header(line).err());
        wrong.map(|message| FieldError::new("credential.headers", message)).into_iter().collect()
    }

    fn write(&self, to: &Address<'_>, message: &Message) -> Result<Vec<Part>, Failed> {
        let method = Method::from_str(to.text("method")).map_err(|_| "There is no such method.".to_owned())?;
        // An older program may have left them among the settings.
        let headers: HeaderMap = headers(to.credential).chain(to.list(HEADERS)).map(header).collect::<Result<_, _>>()?;
        let body = filled(to.text("body"), |name| value(message, name).map(|value| escaped(&value)))?;
        Ok(vec![Part::request(Request { method, url: to.url("")?, headers, body: Bytes::from(body) })])
    }
}

/// One a line.
fn headers(credential: &Credential) -> impl Iterator<Item = &str> {
    credential.get(HEADERS).into_iter().flat_map(|lines| lines.expose_secret().lines()).filter(|line| !line.trim().is_empty())
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = line.split_once(':').ok_or_else(|| format!("“{line}” is no header: write Name: value."))?;
    let name = HeaderName::from_str(name.trim()).map_err(|_| format!("“{}” is no name of a header.", name.trim()))?;
    if RESERVED.contains(&name.as_str()) {
        return Err(format!("The header {name} is the console's own."));
    }
    let value = HeaderValue::from_str(value.trim()).map_err(|_| format!("The header {name} has a value that cannot be sent."))?;
    Ok((name, value))
}

fn value(message: &Message, name: &str) -> Option<String> {
    Some(match name {
        "id" => message.id.to_string(),
        "reason" => message.reason.to_string(),
        "at" => message.at.to_string(),
        "incident" => message.incident.map(|id| id.to_string()).unwrap_or_default(),
        "severity" => message.severity.map(|severity| severity.to_string()).unwrap_or_default(),
        "connection" => message.connection.clone().unwrap_or_default(),
        "environment" => message.environment.map(|environment| environment.to_string()).unwrap_or_default(),
        "title" => message.title(),
        "summary" => message.summary.clone(),
        "by" => message.by.clone().unwrap_or_default(),
        "link" => message.link.clone(),
        "acknowledge" => message.acknowledge.clone().unwrap_or_default(),
        _ => return None,
    })
}

/// As it stands between the quotation marks of JSON.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// Puts a value in the place of each `{{name}}`. What is filled in is not looked at again.
fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let (mut filled, mut rest) = (String::with_capacity(template.len()), template);
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}").ok_or("A {{ has no }}.")?;
        filled.push_str(before);
        filled.push_str(&value(name.trim()).ok_or_else(|| format!("There is no value {{{{{}}}}}.", name.trim()))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotation_marks_or_be_a_template_itself() {
        let value = |name: &str| (name == "title").then(|| escaped("a\"}, {{id}} \\ \u{7}"));
        assert_eq!(filled(r#"{"t": "{{ title }}!"}"#, value).as_deref(), Ok(r#"{"t": "a\"}, {{id}} \\ \u0007!"}"#));
        assert!(filled("{{name}}", value).is_err_and(|said| said == "There is no value {{name}}."));
        assert!(filled("{{title", value).is_err());
    }

    #[test]
    fn a_header_is_one() {
        assert!(header("X-Key: a b").is_ok());
        for line in ["X-Key", "X Key: a", "Host: elsewhere", "X-Key: a\r\nB: c"] {
            assert!(header(line).is_err(), "{line:?}");
        }
    }
}
