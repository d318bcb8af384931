//! The version of what is answered as its `ETag`, and `If-Match` as the version that a change is meant for.

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use serde::Serialize;

use crate::entity_tag::Tags;

/// The version that a change is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(Tags);

/// What the client says it saw; nothing without `If-Match`.
///
/// # Errors
/// `malformed_request` for anything but `*` and entity tags.
pub fn if_match(headers: &HeaderMap) -> Result<Option<Seen>, ErrorCode> {
    Ok(Tags::read(headers, header::IF_MATCH).map_err(|_| ErrorCode::MalformedRequest)?.map(Seen))
}

/// The same of a change that is made from a version only.
///
/// # Errors
/// As [`if_match`]; `precondition_required` without `If-Match`.
pub fn required(headers: &HeaderMap) -> Result<Seen, ErrorCode> {
    if_match(headers)?.ok_or(ErrorCode::PreconditionRequired)
}

impl Seen {
    /// The version that was seen, if it is the one that stands. Whatever changes meanwhile is found by the change itself.
    ///
    /// # Errors
    /// `version_stale` when another one stands.
    pub fn unless_stale(&self, version: i64) -> Result<i64, ErrorCode> {
        if self.0.include(&version.to_string()) { Ok(version) } else { Err(ErrorCode::VersionStale) }
    }
}

/// What is read, or 304 when the client has this version.
pub fn unless_seen(headers: &HeaderMap, version: i64, body: impl Serialize) -> Response {
    // A header that cannot be read makes no condition.
    let seen = Tags::read(headers, header::IF_NONE_MATCH).ok().flatten().is_some_and(|tags| tags.include(&version.to_string()));
    let mut response = answer(StatusCode::OK, version, body);
    if seen {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

/// 201, with where it is from now on.
pub fn created(location: &str, version: i64, body: impl Serialize) -> Response {
    let mut response = answer(StatusCode::CREATED, version, body);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The body with its version as `ETag`.
pub fn answer(status: StatusCode, version: i64, body: impl Serialize) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{version}\""));
    let mut response = (status, Json(body)).into_response();
    if let Ok(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_from_a_version_that_stands() {
        let unless_stale = |text: &'static str| {
            let seen = if_match(&HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(text))]))?;
            seen.expect("a header").unless_stale(7)
        };
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
        assert_eq!(required(&HeaderMap::new()), Err(ErrorCode::PreconditionRequired));
        for right in ["\"7\"", "W/\"7\"", "*", "\"6\", W/\"7\""] {
            assert_eq!(unless_stale(right), Ok(7), "{right}");
        }
        for stale in ["\"6\"", "W/\"8\"", "\"abc\"", "\"6\", \"8\"", "\"07\""] {
            assert_eq!(unless_stale(stale), Err(ErrorCode::VersionStale), "{stale}");
        }
        for bad in ["7", "\"", ""] {
            assert_eq!(unless_stale(bad), Err(ErrorCode::MalformedRequest), "{bad}");
        }
    }
}
