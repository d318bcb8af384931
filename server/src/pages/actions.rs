//! `/actions/NAME`: the server functions, with strict limits and honest statuses around them.

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use leptos_axum::handle_server_fns_with_context;

use super::{contexts, with_visible_controls};
use crate::{body, state::AppState};

pub const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Answers an island, which sends JSON, or a program that posts a form; always as JSON.
pub async fn run(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let read = match parts.method {
        Method::POST if ![JSON, FORM].iter().any(|kind| body::is_type(&parts.headers, kind)) => Err(ErrorCode::UnsupportedMediaType),
        _ => body::read(&parts.headers, body).await,
    };
    match read {
        Ok(bytes) => call(&state, Request::from_parts(parts, Body::empty()), bytes).await,
        Err(code) => state.refuse_request(&parts.extensions, code).await.into_response(),
    }
}

/// Runs the act that the path names. Asking for JSON keeps the error out of a redirect to wherever the request came from.
pub async fn call(state: &AppState, request: Request, bytes: Bytes) -> Response {
    let provide = contexts(state, &request, None);
    let (mut parts, _) = request.into_parts();
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    parts.headers.remove(header::REFERER);
    let mut response = handle_server_fns_with_context(provide, Request::from_parts(parts, Body::from(bytes))).await.into_response();
    // Meant for pages: the answer of an act is data.
    response.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
    with_visible_controls(response).await
}
