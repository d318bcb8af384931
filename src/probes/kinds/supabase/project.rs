//! A project as the settings describe it, and requests to its services with one of its keys.

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    kinds::{
        Cause, Failure, Finding, Target, encryption,
        http::{
            evidence,
            exchange::{Answer, Outgoing, exchange},
            http_url, status,
        },
    },
    tls::TlsPolicy,
};

pub struct Project<'a> {
    pub target: &'a Target,
    pub url: Url,
    pub tls: TlsPolicy,
}

/// Which key a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Anon,
    ServiceRole,
}

impl<'a> Project<'a> {
    /// # Errors
    /// `ConfigurationInvalid`; settings that passed the kind's check have none.
    pub fn of(target: &'a Target) -> Result<Self, Failure> {
        let url = http_url::parse(target.text("url")).map_err(|found| Failure::new(Cause::ConfigurationInvalid, found))?;
        Ok(Self { target, url, tls: encryption::policy(target)? })
    }

    /// The key without the line break that comes with pasting; none where it is not set.
    pub fn key(&self, key: Key) -> Option<&str> {
        let name = if key == Key::Anon { "anon_key" } else { "service_role_key" };
        self.target.secret(name).map(str::trim).filter(|key| !key.is_empty())
    }

    pub async fn get(&self, path: &[&str], query: &str, key: Key) -> Result<Answer, Failure> {
        self.send(Method::GET, path, query, key, Bytes::new()).await
    }

    /// # Errors
    /// A key that no header can carry; dialling, TLS, and what is wrong with the answer.
    pub async fn send(&self, method: Method, path: &[&str], query: &str, key: Key, body: Bytes) -> Result<Answer, Failure> {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(path);
        }
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let mut headers = HeaderMap::new();
        if let Some(key) = self.key(key) {
            headers.insert(HeaderName::from_static("apikey"), sensitive(key.to_owned())?);
            headers.insert(header::AUTHORIZATION, sensitive(format!("Bearer {key}"))?);
        }
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
        exchange(self.target, &self.tls, Outgoing { method, url: &url, headers, body }).await
    }

    /// A finding if the answer of that part of the project is a success, else what its status means; with the answer as evidence.
    ///
    /// # Errors
    /// The status is no success.
    pub fn expect_success(&self, part: &str, answer: &Answer) -> Result<Finding, Failure> {
        let kept = evidence::of(self.target, answer);
        if answer.status.is_success() {
            return Ok(Finding::from(format!("{} in {} ms.", status::in_words(answer.status), answer.latency.as_millis())).with_all(kept));
        }
        Err(refusal(part, answer).with_all(kept))
    }
}

/// A success of an API of Supabase, which are all JSON; whatever else stands at the address answers with pages.
///
/// # Errors
/// The status is no success, or what came is not JSON.
pub fn expect_json(project: &Project<'_>, part: &str, answer: &Answer) -> Result<Finding, Failure> {
    let found = project.expect_success(part, answer)?;
    if answer.json().is_ok() {
        return Ok(found);
    }
    Err(Failure::new(Cause::UnexpectedAnswer, format!("{part} answered {}, but not with JSON, as a Supabase project does.", status::in_words(answer.status)))
        .with_all(found.evidence))
}

/// What an answer that is no success means.
pub fn refusal(part: &str, answer: &Answer) -> Failure {
    let cause = match answer.status {
        StatusCode::UNAUTHORIZED => Cause::AuthRejected,
        StatusCode::FORBIDDEN => Cause::PermissionDenied,
        StatusCode::NOT_FOUND => Cause::NotFound,
        // Storage says so of a bucket or an object with 400, and names the status in its body.
        StatusCode::BAD_REQUEST if member(answer, "statusCode").as_deref() == Some("404") => Cause::NotFound,
        StatusCode::SERVICE_UNAVAILABLE => Cause::NotReady,
        status if status.is_server_error() => Cause::ServiceFailed,
        _ => Cause::UnexpectedAnswer,
    };
    Failure::new(cause, format!("{part} answered {}.", status::in_words(answer.status)))
}

/// A text of the JSON object that was answered.
pub fn member(answer: &Answer, name: &str) -> Option<String> {
    Some(answer.json().ok()?.value.get(name)?.as_str()?.to_owned())
}

fn sensitive(value: String) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(value).map_err(|_| Failure::new(Cause::ConfigurationInvalid, "The key has characters that no header can carry."))?;
    value.set_sensitive(true);
    Ok(value)
}
