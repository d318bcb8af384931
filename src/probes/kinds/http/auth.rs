//! How a request signs in: a token, a user with password, a header, or a token fetched with client credentials.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{
    exchange::{Answer, Outgoing, exchange},
    http_url, memory,
    plan::{Plan, invalid},
    status,
};
use crate::kinds::{Cause, Failure, Target};

/// RFC 6749, section 5.2; anything else in an error body is not shown.
const TOKEN_ERRORS: [&str; 6] = ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];

/// What signs a request in.
pub struct SignedIn {
    /// None without authentication.
    pub headers: HeaderMap,
    /// The token in them was fetched for an earlier request.
    pub is_from_memory: bool,
}

/// The headers that sign a request in.
///
/// # Errors
/// A secret that no header can carry, or whatever keeps the token from being fetched.
pub async fn sign_in(target: &Target, plan: &Plan) -> Result<SignedIn, Failure> {
    let mut is_from_memory = false;
    let secret = |name| target.secret(name).unwrap_or_default();
    let (name, value) = match target.text("auth") {
        "bearer" => (header::AUTHORIZATION, format!("Bearer {}", secret("token").trim())),
        "basic" => (header::AUTHORIZATION, basic(target.text("username"), secret("password"))),
        "header" => {
            let name = target.text("header_name").parse::<HeaderName>().map_err(|_| invalid("The header's name cannot be sent.".into()))?;
            (name, secret("header_value").trim().to_owned())
        }
        "oauth2" => {
            let question = question(target);
            let kept = memory::token(target, &question);
            is_from_memory = kept.is_some();
            let token = match kept {
                Some(token) => token.expose_secret().to_owned(),
                None => fetch_token(target, plan, question).await?,
            };
            (header::AUTHORIZATION, format!("Bearer {token}"))
        }
        _ => return Ok(SignedIn { headers: HeaderMap::new(), is_from_memory }),
    };
    Ok(SignedIn { headers: HeaderMap::from_iter([(name, sensitive(value)?)]), is_from_memory })
}

/// Drops the token that was kept; the next request fetches another.
pub fn forget(target: &Target) {
    memory::drop_token(target);
}

/// A digest of everything a token is asked for with.
fn question(target: &Target) -> [u8; 32] {
    let parts = ["url", "token_url", "client_id", "scope", "ca_pem", "client_certificate"].map(|name| target.text(name));
    let secrets = ["client_secret", "client_key"].map(|name| target.secret(name).unwrap_or_default());
    let mut digest = Sha256::new();
    for part in parts.into_iter().chain(secrets) {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn sensitive(value: String) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(value).map_err(|_| invalid("The secret has characters that no header can carry, such as a line break.".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An access token by client credentials. The client signs in with a header, or, where the server refuses that, in the body.
async fn fetch_token(target: &Target, plan: &Plan, question: [u8; 32]) -> Result<String, Failure> {
    let (id, secret) = (target.text("client_id"), target.secret("client_secret").unwrap_or_default());
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, sensitive(basic(&encoded(id), &encoded(secret)))?)]);
    let mut form = vec![("grant_type", "client_credentials")];
    if !target.text("scope").is_empty() {
        form.push(("scope", target.text("scope")));
    }
    let by_header = ask(target, plan, headers.clone(), &form).await?;
    if !matches!(by_header.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
        return keep(target, question, read_token(&by_header)?);
    }
    headers.clear();
    form.extend([("client_id", id), ("client_secret", secret)]);
    let by_body = ask(target, plan, headers, &form).await?;
    // What the usual way was refused with says more.
    keep(target, question, read_token(if by_body.status.is_success() { &by_body } else { &by_header })?)
}

/// Keeps a token that says how long it lives.
fn keep(target: &Target, question: [u8; 32], (token, lives): (String, Option<Duration>)) -> Result<String, Failure> {
    if let Some(lives) = lives {
        memory::keep_token(target, question, &token, lives);
    }
    Ok(token)
}

async fn ask(target: &Target, plan: &Plan, mut headers: HeaderMap, form: &[(&str, &str)]) -> Result<Answer, Failure> {
    let url = http_url::parse(target.text("token_url")).map_err(invalid)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let body = Bytes::from(form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish());
    let outgoing = Outgoing { method: Method::POST, url: &url, headers, body };
    let answer = exchange(target, &plan.tls, outgoing).await;
    answer.map_err(|failure| Failure::new(failure.cause, format!("Token URL: {}", failure.found)))
}

/// The token, and how long it lives where the server says so.
fn read_token(answer: &Answer) -> Result<(String, Option<Duration>), Failure> {
    let body = answer.json().ok().map(|document| &document.value);
    let member = |name| body.and_then(|body| body.get(name)).and_then(Value::as_str);
    let code = || member("error").filter(|code| TOKEN_ERRORS.contains(code)).map_or_else(String::new, |code| format!(": {code}"));
    if !answer.status.is_success() {
        let cause = match answer.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Cause::NotReady,
            status if status.is_server_error() => Cause::ServiceFailed,
            _ => Cause::TokenRefused,
        };
        return Err(Failure::new(cause, format!("The token server answered {}{}.", status::in_words(answer.status), code())));
    }
    if let Some(other) = member("token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        let shown: String = other.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        return Err(Failure::new(Cause::TokenRefused, format!("The token server gives tokens of the type {shown}, and the console sends only Bearer.")));
    }
    match member("access_token") {
        Some(token) if HeaderValue::try_from(token).is_err() => {
            Err(Failure::new(Cause::TokenRefused, "The token server answered with an access_token that no header can carry."))
        }
        Some(token) if !token.is_empty() => Ok((token.to_owned(), body.and_then(|body| body.get("expires_in")).and_then(seconds))),
        _ => Err(Failure::new(
            Cause::TokenRefused,
            format!("The token server answered {}, but without an access_token{}.", status::in_words(answer.status), code()),
        )),
    }
}

/// A number of seconds, which some servers write as a text.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok()
}
