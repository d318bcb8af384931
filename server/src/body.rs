//! Reads request bodies with a limit on size and time.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use domain::error::ErrorCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Largest body, in bytes (`payload_too_large` says so too).
pub const MOST: usize = 256 * 1_024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The whole body.
///
/// # Errors
/// `payload_too_large`, `request_timeout`, or `malformed_request` when it breaks off.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, ErrorCode> {
    read_within(PATIENCE, headers, body).await
}

async fn read_within(patience: Duration, headers: &HeaderMap, body: Body) -> Result<Bytes, ErrorCode> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|digits| digits.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST) {
        return Err(ErrorCode::PayloadTooLarge);
    }
    match tokio::time::timeout(patience, Limited::new(body, MOST).collect()).await {
        Ok(Ok(read)) => Ok(read.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ErrorCode::PayloadTooLarge),
        Ok(Err(_)) => Err(ErrorCode::MalformedRequest),
        Err(_elapsed) => Err(ErrorCode::RequestTimeout),
    }
}

/// Whether the content type is `wanted`, with or without a character set, which may only be UTF-8.
pub fn is_type(headers: &HeaderMap, wanted: &str) -> bool {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(wanted));
    essence
        && parts
            .all(|part| !part.to_ascii_lowercase().starts_with("charset=") || part.to_ascii_lowercase().trim_matches('"').replace('"', "") == "charset=utf-8")
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(read_within(Duration::from_millis(1), &HeaderMap::new(), never).await, Err(ErrorCode::RequestTimeout));
        let whole = Body::from("whole");
        assert_eq!(read_within(PATIENCE, &HeaderMap::new(), whole).await.as_deref(), Ok(&b"whole"[..]));
    }
}
