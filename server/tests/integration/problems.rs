//! A look at every answer of every test's server: what is an error says so as all do, under an ID that leads somewhere. A server that answered
//! otherwise fails its test when it ends.

use std::{
    str::FromStr,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicUsize, Ordering},
    },
    thread::panicking,
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::{
    correlation_id::CorrelationId,
    error::{ErrorCode, UserError},
    operator::Actor,
};
use engine::{Console, access, thread};
use serde_json::Value;
use store::audit_heads;
use switchboard_server::log::buffer_layer::BufferLayer;
use tracing_subscriber::{Layer, filter::LevelFilter, prelude::*};

/// IDs of one server that are looked up; a flood of errors is not.
const LOOKED_UP: usize = 300;

#[derive(Clone)]
pub struct Watched {
    console: Console,
    looked_up: Arc<AtomicUsize>,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    /// Has the lines of the log kept as `serve` does.
    pub fn new(console: Console) -> Self {
        static LOGGED: Once = Once::new();
        LOGGED.call_once(|| drop(tracing_subscriber::registry().with(BufferLayer.with_filter(LevelFilter::INFO)).try_init()));
        Self { console, looked_up: Arc::default(), faults: Arc::default() }
    }

    /// # Panics
    /// Something was answered that is no error of the catalogue.
    pub fn assert_well(&self) {
        let faults = self.faults.lock().expect("faults");
        assert!(panicking() || faults.is_empty(), "answers that are no errors of the catalogue: {faults:#?}");
    }

    async fn look(&self, asked: &str, status: StatusCode, kind: &str, body: &[u8]) -> Result<(), String> {
        let fault = |what: &str| Err(format!("{asked} {status} {what}: {}", String::from_utf8_lossy(body)));
        let Ok(error) = serde_json::from_slice::<Value>(body) else { return fault("is no JSON") };
        let is_act = asked.contains(" /actions/") || serde_json::from_value::<UserError>(error.clone()).is_ok();
        if !is_act && (kind != "application/problem+json" || error["status"] != status.as_u16()) {
            return fault("is no problem");
        }
        if error["code"].as_str().is_none_or(|code| ErrorCode::from_str(code).is_err()) {
            return fault("has no code of the catalogue");
        }
        if asked == "POST /actions/check_settings" {
            // A form that is being typed is judged, and nobody looks that up.
            return Ok(());
        }
        let Some(id) = error["correlation_id"].as_str().and_then(|id| id.parse().ok()) else { return fault("has no ID") };
        if self.looked_up.fetch_add(1, Ordering::Relaxed) >= LOOKED_UP || self.leads_somewhere(&id).await {
            Ok(())
        } else {
            fault("has an ID that leads nowhere")
        }
    }

    /// In any team. A database that is away cannot be asked, and its tests look at the log.
    async fn leads_somewhere(&self, id: &CorrelationId) -> bool {
        let Ok(scope) = access::command_line(&self.console, None).await else { return true };
        let Ok(heads) = audit_heads::all(&self.console.db).await else { return true };
        let own = scope.actor().team;
        for team in heads.into_iter().map(|head| head.team_id).chain([own]) {
            let scope = self.console.for_team(Actor { team, ..scope.actor().clone() });
            if thread::is_known(&scope, id).await.unwrap_or(true) {
                return true;
            }
        }
        false
    }
}

pub async fn watch(State(watched): State<Watched>, request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let is_head = request.method() == "HEAD";
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    // `/health` answers 503 with what is wrong where; pages are for people, and files for browsers.
    let is_error = status.is_client_error() || status.is_server_error();
    let is_exempt = asked == "GET /health" || asked.contains(" /pkg/");
    if !is_error || is_head || is_exempt || kind.starts_with("text/html") || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let Err(fault) = watched.look(&asked, status, &kind, &bytes).await {
        watched.faults.lock().expect("faults").push(fault);
    }
    Response::from_parts(parts, Body::from(bytes))
}
