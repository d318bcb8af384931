//! The outermost layer: gives every request its correlation ID and span, every answer its header, and every panic an answer.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    panic::AssertUnwindSafe,
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{correlation_id::CorrelationId, ids::ProfileId, latency::Latency};
use engine::{OpsError, request::RequestContext};
use futures::FutureExt;
use tracing::{Instrument, Span};
use url::Url;

use crate::state::AppState;

pub static HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// Sets the [`RequestContext`] of the request, still without an actor, and writes the one access line.
pub async fn correlate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let context = context_of(&state, &request);
    let span = span_of(&request, &context);
    let context = RequestContext { span: span.clone(), ..context };
    request.extensions_mut().insert(context.clone());
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    async move {
        let mut response = answer_or_panic(&state, &context, next.run(request)).await;
        if let Ok(value) = HeaderValue::from_str(context.correlation_id.as_str()) {
            response.headers_mut().insert(HEADER.clone(), value);
        }
        let took = begun.elapsed();
        state.metrics.request(&method, route.as_ref().map(MatchedPath::as_str), response.status(), took);
        if route.is_some() {
            state.console.request_hours.count(state.console.clock.now(), response.status().as_u16());
        }
        let latency_ms = Latency::from(took).as_millis();
        tracing::info!(status = response.status().as_u16(), latency_ms, "request");
        Span::current().record("status", response.status().as_u16());
        response
    }
    .instrument(span)
    .await
}

/// The answer, or what is answered where giving it panics.
pub async fn answer_or_panic(state: &AppState, context: &RequestContext, answer: impl Future<Output = Response>) -> Response {
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        // What the panic says may hold a secret: the hook has logged its place.
        Err(_said) => state.refuse(context, OpsError::Settings("a handler panicked".into())).await.into_response(),
    }
}

fn context_of(state: &AppState, request: &Request) -> RequestContext {
    let given = request.headers().get(&HEADER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
    RequestContext {
        correlation_id: given.unwrap_or_else(CorrelationId::mint),
        actor: None,
        operation: format!("{} {}", request.method(), shown_path(request)),
        connection: connection_of(request.uri().path()).or_else(|| connection_of(page_of(request.headers())?.path())),
        address: state.trusted_proxies.client(peer, request.headers()),
        trace_id: trace_id(request.headers()).map(str::to_owned),
        span: Span::none(),
    }
}

/// `/settings/service-connections/{id}`, `/api/service-connections/{id}/verify`, `/operations/health/{id}`.
fn connection_of(path: &str) -> Option<ProfileId> {
    let mut parts = path.split('/').skip_while(|part| !matches!(*part, "service-connections" | "health"));
    parts.nth(1)?.parse().ok()
}

/// Where a server function was called from.
fn page_of(headers: &HeaderMap) -> Option<Url> {
    Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()
}

/// Where people join a team, where whoever is paged takes an incident on, and where calendar programs read: what comes behind it is a secret.
const SECRET: [&str; 3] = ["/invitations/", "/acknowledge/", "/calendars/"];

fn shown_path(request: &Request) -> &str {
    let path = request.uri().path();
    SECRET.into_iter().find(|secret| path.starts_with(secret)).unwrap_or(path)
}

/// The query is left out: it may hold a set-up token.
fn span_of(request: &Request, context: &RequestContext) -> Span {
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        path = shown_path(request),
        correlation_id = %context.correlation_id,
        trace_id = tracing::field::Empty,
        team = tracing::field::Empty,
        route = tracing::field::Empty,
        status = tracing::field::Empty,
    );
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        span.record("route", route.as_str());
    }
    if let Some(trace_id) = &context.trace_id {
        span.record("trace_id", trace_id);
    }
    span
}

/// The trace of a `traceparent` header (W3C Trace Context): `00-<32 hex>-<16 hex>-<2 hex>`.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let parts: Vec<_> = text.split('-').collect();
    let hex = |part: &str, length| part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match parts.as_slice() {
        [version, trace, parent, flags] if hex(version, 2) && hex(trace, 32) && hex(parent, 16) && hex(flags, 2) => {
            (trace.bytes().any(|byte| byte != b'0')).then_some(*trace)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api, calendars, pages};

    /// What the parameters of addresses are called that may stand in a log.
    const SHOWN: [&str; 7] = ["id", "run", "n", "task", "correlation_id", "operator_id", "invitation_id"];

    /// A new parameter is either no secret, and named above, or behind an address of [`SECRET`].
    #[test]
    fn no_address_with_a_secret_is_shown() {
        let described = serde_json::to_value(api::description()).expect("JSON");
        let described = described["paths"].as_object().expect("paths").keys().cloned();
        let mut hidden = Vec::new();
        for path in described.chain(pages::paths()).chain([calendars::PATH.to_owned()]) {
            let secret = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).find(|name| !SHOWN.contains(name));
            let Some(secret) = secret else { continue };
            let asked = Request::get(path.replace(&format!("{{{secret}}}"), "canary")).body(axum::body::Body::empty()).expect("a request");
            assert!(!shown_path(&asked).contains("canary"), "{path}");
            hidden.push(path);
        }
        hidden.sort();
        assert_eq!(hidden, ["/acknowledge/{token}", "/calendars/{file}", "/invitations/{token}"]);
    }

    #[test]
    fn an_error_is_about_the_connection_that_its_request_or_page_names() {
        let id = ProfileId::new();
        for path in [format!("/settings/service-connections/{id}"), format!("/api/service-connections/{id}/verify"), format!("/operations/health/{id}")] {
            assert_eq!(connection_of(&path), Some(id), "{path}");
        }
        for path in ["/actions/start_verification", "/settings/service-connections", "/settings/service-connections/new", "/health", ""] {
            assert_eq!(connection_of(path), None, "{path}");
        }
        let page = HeaderMap::from_iter([(header::REFERER, HeaderValue::from_static("http://console.example.org/operations/health/x?q=1"))]);
        assert_eq!(page_of(&page).map(|url| url.path().to_owned()).as_deref(), Some("/operations/health/x"));
    }

    #[test]
    fn only_a_well_formed_traceparent_counts() {
        let told = |text: &'static str| {
            let headers = HeaderMap::from_iter([(HeaderName::from_static("traceparent"), HeaderValue::from_static(text))]);
            trace_id(&headers).map(str::to_owned)
        };
        let trace = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(told("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), Some(trace.into()));
        for bad in [
            "",
            "00-xyz-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        ] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }
}
