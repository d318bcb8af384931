//! `Idempotency-Key` on POST, and on forms of pages: whoever sends the same request again gets the first answer again.
//!
//! A key belongs to a team, and to one request of one actor: method, path, body. Only successes are kept: a refusal
//! changed nothing, so the same key may carry the corrected request. The request runs to its end though its client leaves, for that is when it will come again.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::error::{ErrorCode, UserError};
use engine::{
    Actor, Console, OpsError,
    idempotency::{self, Answer, KeptAnswer},
    request::RequestContext,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchboard_app::action::ONCE;
use url::form_urlencoded;

use crate::{api::once::is_once, body, problem::Problem, state::AppState};

pub static KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const KEPT_HEADERS: [HeaderName; 4] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG, header::CACHE_CONTROL];
/// Largest answer that is kept, in bytes.
const LARGEST: usize = 1 << 20;
const LONGEST_KEY: usize = 255;

/// [`once`] for forms: the browser part names a key as programs do, a form that is sent again without script has it in its address.
pub async fn once_of_form(state: State<AppState>, mut request: Request, next: Next) -> Response {
    let keys = |query: &str| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == ONCE).map(|(_, key)| key.into_owned());
    let key = request.uri().query().and_then(keys).and_then(|key| HeaderValue::try_from(key).ok());
    if let Some(key) = key.filter(|_| !request.headers().contains_key(&KEY)) {
        request.headers_mut().insert(KEY.clone(), key);
    }
    once(state, request, next).await
}

pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let context = request.extensions().get::<RequestContext>().cloned();
    let actor = context.as_ref().and_then(|context| context.actor.clone());
    let (true, Some(context), Some(actor)) = (request.method() == Method::POST && request.headers().contains_key(&KEY), context, actor) else {
        return next.run(request).await;
    };
    match context.run(claim_and_run(state.console.clone(), context.clone(), actor, request, next)).await {
        Ok(response) => response,
        Err(Fault::Refused(error)) => state.refuse(&context, error).await.into_response(),
        Err(Fault::StillRunning) => Problem::from(still_running(&context)).into_response(),
    }
}

enum Fault {
    Refused(OpsError),
    StillRunning,
}

impl<E: Into<OpsError>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

async fn claim_and_run(console: Console, context: RequestContext, actor: Actor, request: Request, next: Next) -> Result<Response, Fault> {
    let key = key_of(request.headers())?;
    let (parts, body) = request.into_parts();
    let bytes = body::read(&parts.headers, body).await?;
    let hash = hash(&actor, &context, parts.uri.query(), &bytes);
    if let Some(kept) = idempotency::begin(&console, actor.team, &key, &hash).await? {
        return replay(&console, kept, &purpose(&actor, &key), &hash);
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    // A form is answered with the way to go on.
    if !(response.status().is_success() || response.status().is_redirection()) {
        // Otherwise it is free again when its request counts as abandoned.
        if let Err(error) = idempotency::forget(&console, actor.team, &key).await {
            tracing::warn!(correlation_id = %context.correlation_id, %error, "an Idempotency-Key could not be freed");
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, LARGEST).await.map_err(|error| OpsError::Settings(format!("an answer could not be kept: {error}")))?;
    let kept = if is_once(&parts.headers) { seal(&console, &purpose(&actor, &key), &bytes)?.into() } else { bytes.clone() };
    // It is done, whatever becomes of the note that says so.
    let answer = Answer { status: parts.status.as_u16(), headers: &headers_kept(&parts.headers), body: &kept };
    if let Err(error) = idempotency::finish(&console, actor.team, &key, answer).await {
        tracing::warn!(correlation_id = %context.correlation_id, %error, "an answer could not be kept for its Idempotency-Key");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn key_of(headers: &HeaderMap) -> Result<String, OpsError> {
    let mut values = headers.get_all(&KEY).iter();
    let text = values.next().and_then(|value| value.to_str().ok()).map(str::trim).filter(|_| values.next().is_none());
    match text {
        Some(text) if (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(text.to_owned()),
        _ => Err(OpsError::invalid("Idempotency-Key", format!("One key of 1 to {LONGEST_KEY} printable characters without spaces."))),
    }
}

/// What an answer with a secret is sealed for, while it is kept: elsewhere it does not open.
fn purpose(actor: &Actor, key: &str) -> String {
    format!("kept answer {} {key}", actor.team)
}

/// Also of what the actor may do: whoever may do less by now is told nothing of what was answered before.
fn hash(actor: &Actor, context: &RequestContext, query: Option<&str>, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    let may = json!([actor.who, actor.role, actor.limits]).to_string();
    for part in [may.as_bytes(), context.operation.as_bytes(), query.unwrap_or_default().as_bytes(), body] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// A secret is not to be read in a copy of the database.
fn seal(console: &Console, purpose: &str, body: &[u8]) -> Result<Vec<u8>, OpsError> {
    let text = String::from_utf8_lossy(body).into_owned();
    Ok(console.vault.seal_text(purpose, &text.into())?)
}

fn replay(console: &Console, kept: KeptAnswer, purpose: &str, hash: &[u8]) -> Result<Response, Fault> {
    if kept.request_hash != hash {
        return Err(ErrorCode::IdempotencyConflict.into());
    }
    let Some(status) = kept.status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok()) else {
        return Err(Fault::StillRunning);
    };
    let mut response = (status, kept.body.clone().unwrap_or_default()).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    for name in KEPT_HEADERS {
        let text = kept.headers.as_ref().and_then(|headers| headers.get(name.as_str())).and_then(Value::as_str);
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(name, value);
        }
    }
    if is_once(headers) {
        // Sealed under a key that was retired since, it cannot be told again.
        let opened = console.vault.open_text(purpose, &kept.body.unwrap_or_default()).map_err(|_| ErrorCode::IdempotencyConflict)?;
        *response.body_mut() = Body::from(opened.expose_secret().to_owned());
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    Ok(response)
}

fn headers_kept(headers: &HeaderMap) -> Value {
    let text = |name: &HeaderName| Some((name.to_string(), Value::from(headers.get(name)?.to_str().ok()?)));
    KEPT_HEADERS.iter().filter_map(text).collect::<serde_json::Map<_, _>>().into()
}

fn still_running(context: &RequestContext) -> UserError {
    let mut error = UserError::new(ErrorCode::IdempotencyInProgress, Some(context.correlation_id.clone()));
    error.retry_after = Some(1);
    error
}
