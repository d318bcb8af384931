//! The settings of an HTTP connection, read once: what is requested, how it is judged, and what is wrong with them.

use hyper::{Method, StatusCode, header::HeaderName};
use serde_json::Value;
use url::Url;

use super::{
    condition::{Condition, Left},
    http_url,
    status::ExpectedStatus,
};
use crate::{
    kinds::{Cause, Failure, Target, encryption},
    secret_in_query::secret_in_query,
    tls::TlsPolicy,
};
use domain::{error::FieldError, profile::Settings, settings::text};

/// Headers that say where a request goes or ends; a person's own value in them would break it.
const RESERVED_HEADERS: [&str; 9] =
    ["host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "traceparent", "x-correlation-id"];

/// What is requested and how it is judged.
pub struct Plan {
    pub url: Url,
    pub method: Method,
    pub expected: ExpectedStatus,
    pub tls: TlsPolicy,
    follows_redirects: bool,
}

impl Plan {
    /// # Errors
    /// `ConfigurationInvalid`; settings that passed [`check`] have none.
    pub fn of(target: &Target) -> Result<Self, Failure> {
        Ok(Self {
            url: url(target)?,
            method: target.text("method").parse().map_err(|_| invalid("There is no such method.".into()))?,
            expected: target.text("expected_status").parse().map_err(invalid)?,
            tls: encryption::policy(target)?,
            follows_redirects: target.flag("follow_redirects"),
        })
    }

    /// Whether a redirect with this status is followed. A person who expects that very status wants to see it.
    pub fn follows(&self, status: StatusCode) -> bool {
        self.follows_redirects && matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) && !self.expected.contains(status.as_u16())
    }
}

/// With the secret in its query, where that is how a request signs in.
fn url(target: &Target) -> Result<Url, Failure> {
    let mut url = http_url::parse(target.text("url")).map_err(invalid)?;
    sign_in_by_query(target, &mut url);
    Ok(url)
}

/// Adds the secret where a request signs in by its query.
pub fn sign_in_by_query(target: &Target, url: &mut Url) {
    if target.text("auth") == "query" {
        url.query_pairs_mut().append_pair(target.text("query_name"), target.secret("query_value").unwrap_or_default());
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
        match http_url::parse(text) {
            Err(message) => refuse(field, message),
            Ok(url) => {
                if let Some(name) = secret_in_query(&url) {
                    refuse(
                        field,
                        format!(
                            "{name} in the query looks like a secret, and would be shown to everyone; take it out and choose the authentication “query” for it."
                        ),
                    );
                }
            }
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
    let follows = settings.get("follow_redirects").and_then(Value::as_bool).unwrap_or_default();
    let may_be_encrypted = follows || text(settings, "url").to_ascii_lowercase().starts_with("https:");
    let has_body = text(settings, "method") != "HEAD";
    for (line, condition) in conditions(settings) {
        match condition {
            Err(message) => refuse("conditions", format!("Line {line}: {message}")),
            Ok(condition) if condition.left == Left::CertificateDays && !may_be_encrypted => {
                refuse("conditions", format!("Line {line}: a URL that begins with http:// has no certificate."));
            }
            Ok(condition) if matches!(condition.left, Left::Body | Left::Json(_)) && !has_body => {
                refuse("conditions", format!("Line {line}: an answer to HEAD has no body; choose the method GET."));
            }
            Ok(_) => {}
        }
    }
    errors.extend(encryption::check(settings));
    errors
}

fn check_header_name(name: &str) -> Result<(), String> {
    let name: HeaderName = name.parse().map_err(|_| "A header's name has only letters, digits and hyphens.")?;
    if RESERVED_HEADERS.contains(&name.as_str()) { Err(format!("The header {name} is set by the console itself.")) } else { Ok(()) }
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
        assert_eq!(Http::new().sealed_to(&settings), "https://example.com:443");
    }

    #[test]
    fn everything_wrong_is_told_at_once_under_its_field() {
        let settings = complete(json!({
            "url": "http://example.com/?api_key=abc", "auth": "header", "header_name": "Content-Length", "expected_status": "2xx",
            "conditions": ["status == 200", "status is 200", "certificate_days > 3"], "ca_pem": "nonsense",
        }));
        let errors = check(&settings);
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            ["settings.url", "settings.expected_status", "settings.header_name", "settings.conditions", "settings.conditions", "settings.ca_pem"]
        );
        assert!(errors[3].message.starts_with("Line 2: ") && errors[4].message.starts_with("Line 3: "), "{errors:?}");
    }

    #[test]
    fn a_secret_in_the_query_is_refused_and_told_where_it_goes() {
        let wrong = |url: &str| check(&complete(json!({ "url": url }))).into_iter().map(|error| error.message).collect::<Vec<_>>();
        let told = wrong("https://a.test/?api_key=a1b2c3d4");
        assert!(told.first().is_some_and(|message| message.contains("“query”")), "{told:?}");
        assert_eq!(wrong("https://a.test/?q=api_key"), [""; 0]);
        let settings = complete(json!({ "url": "https://a.test/?q=1", "auth": "query", "query_name": "api_key" }));
        assert_eq!(check(&settings), []);
    }

    #[test]
    fn the_token_url_counts_only_where_it_is_used() {
        let given =
            |auth: &str| complete(json!({"url": "https://a.test", "auth": auth, "token_url": "http://b.test/token", "client_id": "x", "username": "x"}));
        assert_eq!(Http::new().sealed_to(&given("oauth2")), "https://a.test:443 http://b.test:80");
        assert_eq!(Http::new().sealed_to(&given("basic")), "https://a.test:443");
        let wrong = complete(json!({"url": "https://a.test", "auth": "oauth2", "token_url": "https://b.test/token?api_key=abc", "client_id": "x"}));
        assert_eq!(check(&wrong).first().map(|error| error.field.as_str()), Some("settings.token_url"));
    }
}
