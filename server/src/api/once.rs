//! An answer with a secret, which is given once.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Nobody on the way may keep it.
pub fn answer(status: StatusCode, body: impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response()
}

/// Whether an answer was given by [`answer`].
pub fn is_once(headers: &HeaderMap) -> bool {
    headers.get(header::CACHE_CONTROL) == Some(&NO_STORE)
}
