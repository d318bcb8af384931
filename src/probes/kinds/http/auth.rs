//! How a request signs in: a token, a user with password, a header, or a token fetched with client credentials.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use serde_json::Value;
use url::form_urlencoded;

use super::{
    exchange::{Answer, Outgoing, exchange},
    plan::{Plan, invalid},
    web_address,
};
use crate::kinds::{Cause, Failure, Target};

/// RFC 6749, section 5.2; anything else in an error body is not shown.
const TOKEN_ERRORS: [&str; 6] = ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"];

/// The headers that sign a request in; none without authentication.
///
/// # Errors
/// A secret that no header can carry, or whatever keeps the token from being fetched.
pub async fn headers(target: &Target, plan: &Plan) -> Result<HeaderMap, Failure> {
    let secret = |name| target.secret(name).unwrap_or_default();
    let (name, value) = match target.text("auth") {
        "bearer" => (header::AUTHORIZATION, format!("Bearer {}", secret("token"))),
        "basic" => (header::AUTHORIZATION, basic(target.text("username"), secret("password"))),
        "header" => {
            let name = target.text("header_name").parse::<HeaderName>().map_err(|_| invalid("The header's name cannot be sent.".into()))?;
            (name, secret("header_value").to_owned())
        }
        "oauth2" => (header::AUTHORIZATION, format!("Bearer {}", fetch_token(target, plan).await?)),
        _ => return Ok(HeaderMap::new()),
    };
    Ok(HeaderMap::from_iter([(name, sensitive(value)?)]))
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
async fn fetch_token(target: &Target, plan: &Plan) -> Result<String, Failure> {
    let (id, secret) = (target.text("client_id"), target.secret("client_secret").unwrap_or_default());
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, sensitive(basic(&encoded(id), &encoded(secret)))?)]);
    let mut form = vec![("grant_type", "client_credentials")];
    if !target.text("scope").is_empty() {
        form.push(("scope", target.text("scope")));
    }
    let by_header = ask(target, plan, headers.clone(), &form).await?;
    if !matches!(by_header.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
        return read_token(&by_header);
    }
    headers.clear();
    form.extend([("client_id", id), ("client_secret", secret)]);
    let by_body = ask(target, plan, headers, &form).await?;
    // What the usual way was refused with says more.
    read_token(if by_body.status.is_success() { &by_body } else { &by_header })
}

async fn ask(target: &Target, plan: &Plan, mut headers: HeaderMap, form: &[(&str, &str)]) -> Result<Answer, Failure> {
    let url = web_address::parse(target.text("token_url")).map_err(invalid)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let body = Bytes::from(form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish());
    let outgoing = Outgoing { method: Method::POST, url: &url, headers, body };
    let answer = exchange(target, &plan.tls, outgoing).await;
    answer.map_err(|failure| Failure::new(failure.cause, format!("Token URL: {}", failure.found)))
}

fn read_token(answer: &Answer) -> Result<String, Failure> {
    let member = |name| answer.json().and_then(|body| body.get(name)).and_then(Value::as_str);
    if !answer.status.is_success() {
        let code = member("error").filter(|code| TOKEN_ERRORS.contains(code));
        let code = code.map_or_else(String::new, |code| format!(": {code}"));
        return Err(Failure::new(Cause::TokenRefused, format!("The token server answered {}{code}.", answer.status)));
    }
    match member("access_token") {
        Some(token) if !token.is_empty() => Ok(token.to_owned()),
        _ => Err(Failure::new(Cause::TokenRefused, format!("The token server answered {}, but without an access_token.", answer.status))),
    }
}
