//! Forms: `POST PAGE?act=NAME` runs the server function. Posted without script it then goes on or shows the page again with what was
//! wrong; the browser part asks for JSON and is answered like an island.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    error::{ErrorCode, UserError},
    local_path::LocalPath,
    operator::Who,
};
use engine::request::RequestContext;
use switchboard_app::{
    action::{ONCE, PREFIX},
    draft,
    form_outcome::ActionFailure,
};
use tower_sessions::Session;
use url::form_urlencoded;

use super::{action_paths, actions, render};
use crate::{body, state::AppState};

/// Largest answer of an act, in bytes.
const LARGEST: usize = 1 << 20;

pub async fn post(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(act) = act_of(&parts.uri) else { return state.refuse_request(&parts.extensions, ErrorCode::MethodNotAllowed).await.into_response() };
    if !body::is_type(&parts.headers, actions::FORM) {
        return state.refuse_request(&parts.extensions, ErrorCode::UnsupportedMediaType).await.into_response();
    }
    let posted = match body::read(&parts.headers, body).await {
        Ok(posted) => posted,
        Err(code) => return state.refuse_request(&parts.extensions, code).await.into_response(),
    };
    if asks_for_json(&parts.headers) {
        return actions::call(&state, action_request(&parts, &act), posted).await;
    }
    let here = page_of(&parts.uri);
    let answer = actions::call(&state, action_request(&parts, &act), posted.clone()).await;
    if answer.status().is_success() { on_success(&here, &answer) } else { on_failure(state, parts, &here, act, posted, answer).await }
}

/// Keeps what a form brought whose session has ended, until its person has signed in again.
pub async fn keep_unsent(state: &AppState, request: Request) {
    let (parts, body) = request.into_parts();
    let (Some(context), Some(session)) = (parts.extensions.get::<RequestContext>(), parts.extensions.get::<Session>()) else { return };
    let Some(act) = act_of(&parts.uri).filter(|_| body::is_type(&parts.headers, actions::FORM)) else { return };
    let Ok(posted) = body::read(&parts.headers, body).await else { return };
    if let Err(error) = draft::keep(&state.console, &context.client(), session, &page_of(&parts.uri), &act, fields_of(&posted)).await {
        tracing::warn!(%error, "what was typed could not be kept");
    }
}

/// What the person typed on this page before they signed in again, and the session that keeps it.
pub async fn unsent(state: &AppState, asked: &Parts) -> Option<(Session, ActionFailure)> {
    let Who::Operator(person) = asked.extensions.get::<RequestContext>()?.actor.as_ref()?.who else { return None };
    let session = asked.extensions.get::<Session>().filter(|_| asked.method == Method::GET)?;
    let unsent = draft::of_page(&state.console, session, person, &page_of(&asked.uri)).await.ok()??;
    Some((session.clone(), unsent))
}

/// The browser part posts the form, rather than the browser itself.
pub fn asks_for_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json")
}

/// Path and query of the page, without the act and its key.
pub fn page_of(uri: &Uri) -> String {
    let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "act" && name != ONCE);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    // A path of two slashes would lead to another host.
    let path = format!("/{}", uri.path().trim_start_matches('/'));
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The one act that the query names, if there is such an act.
pub fn act_of(uri: &Uri) -> Option<String> {
    let mut named = form_urlencoded::parse(uri.query()?.as_bytes()).filter(|(name, _)| name == "act").map(|(_, act)| act.into_owned());
    let act = named.next().filter(|_| named.next().is_none())?;
    let path = format!("{PREFIX}{act}");
    action_paths().iter().any(|(known, method)| *known == path && method == Method::POST).then_some(act)
}

fn action_request(parts: &Parts, act: &str) -> Request {
    let mut inner = parts.clone();
    inner.uri = Uri::try_from(format!("{PREFIX}{act}")).unwrap_or_default();
    inner.method = Method::POST;
    Request::from_parts(inner, Body::empty())
}

/// Never the page itself, which would be posted again with the next reading.
fn on_success(here: &str, answer: &Response) -> Response {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    Redirect::to(location.map_or(here, |location| LocalPath::or_overview(location).as_str())).into_response()
}

async fn on_failure(state: AppState, parts: Parts, here: &str, act: String, posted: Bytes, answer: Response) -> Response {
    let status = answer.status();
    let retry_after = answer.headers().get(header::RETRY_AFTER).cloned();
    let bytes = to_bytes(answer.into_body(), LARGEST).await.unwrap_or_default();
    let Ok(error) = serde_json::from_slice::<UserError>(&bytes) else {
        return state.refuse_request(&parts.extensions, ErrorCode::Internal).await.into_response();
    };
    let mut response = render(state, page_request(parts, here), Some(ActionFailure::new(act, error, fields_of(&posted)))).await;
    // A page that leads elsewhere, to the sign-in for instance, is left to do so.
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
    }
    response
}

pub fn fields_of(posted: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(posted).into_owned().collect()
}

/// The page as it would be asked for by itself.
pub fn page_request(mut parts: Parts, here: &str) -> Request {
    parts.method = Method::GET;
    parts.uri = Uri::try_from(here).unwrap_or_default();
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
    for body in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        parts.headers.remove(body);
    }
    Request::from_parts(parts, Body::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_the_address_without_the_act() {
        let page = |text: &str| page_of(&text.parse().expect("uri"));
        assert_eq!(page("/settings/tokens?act=issue_token"), "/settings/tokens");
        assert_eq!(page("/settings/tokens?act=issue_token&once=0190a-1"), "/settings/tokens");
        assert_eq!(page("/new?kind=http&act=create&x=a%26b"), "/new?kind=http&x=a%26b");
        assert_eq!(page("//evil.example/x?act=a"), "/evil.example/x");
    }
}
