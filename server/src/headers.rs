//! Headers that every answer carries for the safety of the browser.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

use crate::{assets, state::AppState};

/// Of an answer that is not a page of ours: nothing in it may run, load or be framed.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; sandbox");

/// In seconds, where the handler knows no better.
const SOON: HeaderValue = HeaderValue::from_static("10");

/// Of a page: scripts by nonce, the rest from here.
pub fn page_policy(nonce: &str) -> Option<HeaderValue> {
    let connect = if assets::is_watched() { " connect-src 'self' ws:;" } else { "" };
    let policy = format!(
        "default-src 'self';{connect} script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    );
    HeaderValue::from_str(&policy).ok()
}

/// Adds what the handler has not set itself.
pub async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let headers = response.headers_mut();
    let defaults = [
        (header::CONTENT_SECURITY_POLICY, NOTHING),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()")),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(value);
    }
    if is_passing(status) {
        headers.entry(header::RETRY_AFTER).or_insert(SOON);
    }
    if state.is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        keep_prefix(headers);
    }
    response
}

/// Worth while to try again by itself: too many requests, no database or disk at the moment.
fn is_passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE)
}

/// Browsers ignore a `__Host-` cookie that does not say `Secure`, and the session layer leaves it out when it removes one.
fn keep_prefix(headers: &mut HeaderMap) {
    let cookies: Vec<_> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        let text = cookie.to_str().unwrap_or_default();
        let lacks = text.starts_with("__Host-") && !text.contains("; Secure");
        let mended = if lacks { HeaderValue::from_str(&format!("{text}; Secure")).unwrap_or(cookie) } else { cookie };
        headers.append(header::SET_COOKIE, mended);
    }
}
