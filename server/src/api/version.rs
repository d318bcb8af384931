//! The version of a connection as its `ETag`, and `If-Match` as the version that a change is meant for.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{error::ErrorCode, profile::ServiceConnectionProfile};

/// The version that the client saw.
///
/// # Errors
/// `malformed_request` for anything but one quoted tag, `version_stale` for a tag that no connection of ours has.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>, ErrorCode> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(only) = values.next() else { return Ok(None) };
    let text = only.to_str().map_err(|_| ErrorCode::MalformedRequest)?;
    let tag = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|tag| !tag.contains('"'));
    match (tag, values.next()) {
        (Some(tag), None) => tag.parse().map(Some).map_err(|_| ErrorCode::VersionStale),
        _ => Err(ErrorCode::MalformedRequest),
    }
}

/// A connection with its `ETag`.
pub fn answer(status: StatusCode, connection: ServiceConnectionProfile) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{}\"", connection.version));
    let mut response = (status, Json(connection)).into_response();
    if let Ok(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_quoted_version_is_understood() {
        let read = |text: &'static str| if_match(&HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(text))]));
        assert_eq!(read("\"7\""), Ok(Some(7)));
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
        assert_eq!(read("\"abc\""), Err(ErrorCode::VersionStale));
        for bad in ["7", "*", "W/\"7\"", "\"7\", \"8\"", "\"", ""] {
            assert_eq!(read(bad), Err(ErrorCode::MalformedRequest), "{bad}");
        }
    }
}
