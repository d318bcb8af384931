//! Reports every answer of an axum program that is a server error. Beside axum it needs reqwest (feature `json`), serde_json and tokio.

use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use serde_json::json;

/// Where to report, and as whom.
#[derive(Clone)]
pub struct Switchboard {
    pub client: reqwest::Client,
    /// Such as `https://switchboard.example.org/api/errors`.
    pub address: String,
    /// `sbt_…`, of a token that may report errors.
    pub token: String,
    pub service: &'static str,
}

/// To be added with `middleware::from_fn_with_state(switchboard, report_errors)`. Nobody waits for the report.
pub async fn report_errors(State(switchboard): State<Switchboard>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let (operation, headers) = (format!("{} {route}", request.method()), request.headers().clone());
    let response = next.run(request).await;
    if response.status().is_server_error() {
        tokio::spawn(switchboard.report(operation, headers, response.status().as_u16()));
    }
    response
}

impl Switchboard {
    async fn report(self, operation: String, headers: HeaderMap, status: u16) {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = json!({
            "code": format!("http_{status}"), "message": format!("answered {status}"), "severity": "error", "service": self.service,
            "operation": operation, "correlation_id": header("x-correlation-id"),
        });
        let mut request = self.client.post(&self.address).bearer_auth(&self.token).json(&body);
        if let Some(trace) = header("traceparent") {
            request = request.header("traceparent", trace);
        }
        if let Err(error) = request.send().await {
            eprintln!("an error could not be reported: {error}");
        }
    }
}
