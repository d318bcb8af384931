//! Refuses what another site makes a browser send.
//!
//! A browser tells where a request comes from in `Sec-Fetch-Site`, an older one in `Origin`. With neither, the sender
//! is no browser of this decade: without a session cookie there is nothing to ride on, so it may pass; with one it is
//! refused, for a program that holds a cookie can say its origin, and an ancient browser must not be tricked.
//! A bearer token is never sent by a browser on its own, so it exempts.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use url::Url;

use crate::{auth, state::AppState};

/// A reading that is written down.
const AUDIT_EXPORT: &str = "/api/audit/export";

pub async fn refuse_cross_site(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = request.method().is_safe() && !takes_away_from_elsewhere(&request)
        || auth::has_bearer(request.headers())
        || is_same_origin(request.headers(), state.public_url.as_ref());
    if safe {
        return next.run(request).await;
    }
    state.refuse_request(request.extensions(), ErrorCode::CrossSiteRefused).await.into_response()
}

/// A link on another site must not make somebody's browser keep the audit log in a file, nor write an entry of that.
fn takes_away_from_elsewhere(request: &Request) -> bool {
    request.uri().path() == AUDIT_EXPORT && request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site")
}

pub fn is_same_origin(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match text(header::ORIGIN) {
        Some(origin) => is_ours(origin, text(header::HOST), public_url),
        None => !headers.contains_key(header::COOKIE),
    }
}

fn is_ours(origin: &str, host: Option<&str>, public_url: Option<&Url>) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    if public_url.is_some_and(|url| url.origin() == origin.origin()) {
        return true;
    }
    // The scheme may differ behind a proxy that ends TLS; host and port may not.
    let here = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    here.is_some_and(|here| here.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn allowed(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect();
        is_same_origin(&headers, Url::parse("https://console.example.org").ok().as_ref())
    }

    #[test]
    fn a_browser_must_come_from_here() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin"), ("cookie", "a=b")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "https://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "https://console.example.org"), ("host", "10.0.0.1:8080")], true),
            (&[("origin", "https://evil.example"), ("host", "console.example.org")], false),
            (&[("origin", "null"), ("host", "console.example.org")], false),
            (&[("host", "console.example.org"), ("cookie", "switchboard=x")], false),
            (&[("host", "console.example.org")], true),
        ];
        for (headers, expected) in table {
            assert_eq!(allowed(headers), *expected, "{headers:?}");
        }
    }
}
