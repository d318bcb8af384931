//! The settings of an HTTP connection, read once: what is requested, how it is judged, and what is wrong with them.

use hyper::{Method, header::HeaderName};
use serde_json::Value;
use url::Url;

use super::{
    condition::{Condition, Left},
    status::ExpectedStatus,
    web_address,
};
use crate::{
    kinds::{Cause, Failure, Target},
    tls::TlsPolicy,
};
use domain::{error::FieldError, profile::Settings};

/// Headers that say where a request goes or ends; a person's own value in them would break it.
const RESERVED_HEADERS: [&str; 9] =
    ["host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "traceparent", "x-correlation-id"];

/// What is requested and how it is judged.
pub struct Plan {
    pub url: Url,
    pub method: Method,
    pub expected: ExpectedStatus,
    pub tls: TlsPolicy,
}

impl Plan {
    /// # Errors
    /// `ConfigurationInvalid`; settings that passed [`check`] have none.
    pub fn of(target: &Target) -> Result<Self, Failure> {
        Ok(Self {
            url: web_address::parse(target.text("url")).map_err(invalid)?,
            method: target.text("method").parse().map_err(|_| invalid("There is no such method.".into()))?,
            expected: target.text("expected_status").parse().map_err(invalid)?,
            tls: tls_policy(&target.settings),
        })
    }
}

/// A setting that cannot be used.
pub fn invalid(found: String) -> Failure {
    Failure::new(Cause::ConfigurationInvalid, found)
}

/// Every condition of `settings`, with its line, counted from one.
pub fn conditions(settings: &Settings) -> impl Iterator<Item = (usize, Result<Condition, String>)> {
    let lines = settings.get("conditions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    lines.enumerate().map(|(index, line)| (index + 1, line.parse()))
}

/// The URLs that requests go to, by field name.
pub fn urls_in_use(settings: &Settings) -> impl Iterator<Item = (&'static str, &str)> {
    let token_url = (text(settings, "auth") == "oauth2").then(|| ("token_url", text(settings, "token_url")));
    [("url", text(settings, "url"))].into_iter().chain(token_url)
}

/// What is wrong with settings that have the right types.
pub fn check(settings: &Settings) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, message: String| errors.push(FieldError::new(format!("settings.{field}"), message));
    for (field, text) in urls_in_use(settings) {
        if let Err(message) = web_address::parse(text) {
            refuse(field, message);
        }
    }
    if let Err(message) = text(settings, "expected_status").parse::<ExpectedStatus>() {
        refuse("expected_status", message);
    }
    if text(settings, "auth") == "header"
        && let Err(message) = check_header_name(text(settings, "header_name"))
    {
        refuse("header_name", message);
    }
    if let Err(message) = tls_policy(settings).client_config() {
        refuse("ca_pem", message);
    }
    let encrypted = text(settings, "url").to_ascii_lowercase().starts_with("https:");
    for (line, condition) in conditions(settings) {
        match condition {
            Err(message) => refuse("conditions", format!("Line {line}: {message}")),
            Ok(condition) if condition.left == Left::CertificateDays && !encrypted => {
                refuse("conditions", format!("Line {line}: a URL that begins with http:// has no certificate."));
            }
            Ok(_) => {}
        }
    }
    errors
}

fn check_header_name(name: &str) -> Result<(), String> {
    let name: HeaderName = name.parse().map_err(|_| "A header's name has only letters, digits and hyphens.")?;
    if RESERVED_HEADERS.contains(&name.as_str()) { Err(format!("The header {name} is set by the console itself.")) } else { Ok(()) }
}

fn tls_policy(settings: &Settings) -> TlsPolicy {
    let skip_verification = settings.get("skip_tls_verification").and_then(Value::as_bool).unwrap_or_default();
    TlsPolicy { ca_pem: text(settings, "ca_pem").to_owned(), skip_verification }
}

fn text<'a>(settings: &'a Settings, name: &str) -> &'a str {
    settings.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::{ConnectionKind, http::Http};
    use domain::settings;

    fn complete(given: Value) -> Settings {
        let given: Settings = serde_json::from_value(given).expect("settings");
        settings::check(&Http::new().descriptor().fields, &given).expect("right types")
    }

    #[test]
    fn the_least_that_is_needed_is_a_url() {
        let settings = complete(json!({"url": "https://Example.com/health"}));
        assert_eq!(check(&settings), []);
        assert_eq!(Http::new().origin(&settings), "https://example.com:443");
    }

    #[test]
    fn everything_wrong_is_told_at_once_under_its_field() {
        let settings = complete(json!({
            "url": "http://user@example.com", "auth": "header", "header_name": "Content-Length", "expected_status": "2xx",
            "conditions": ["status == 200", "status is 200", "certificate_days > 3"], "ca_pem": "nonsense",
        }));
        let errors = check(&settings);
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            ["settings.url", "settings.expected_status", "settings.header_name", "settings.ca_pem", "settings.conditions", "settings.conditions"]
        );
        assert!(errors[4].message.starts_with("Line 2: ") && errors[5].message.starts_with("Line 3: "), "{errors:?}");
    }

    #[test]
    fn the_token_url_counts_only_where_it_is_used() {
        let given =
            |auth: &str| complete(json!({"url": "https://a.test", "auth": auth, "token_url": "http://b.test/token", "client_id": "x", "username": "x"}));
        assert_eq!(Http::new().origin(&given("oauth2")), "https://a.test:443 http://b.test:80");
        assert_eq!(Http::new().origin(&given("basic")), "https://a.test:443");
        let wrong = complete(json!({"url": "https://a.test", "auth": "oauth2", "token_url": "file:///x", "client_id": "x"}));
        assert_eq!(check(&wrong).first().map(|error| error.field.as_str()), Some("settings.token_url"));
    }
}
