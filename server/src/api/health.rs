//! Whether the console itself is alive, ready and well.

use std::{collections::BTreeMap, time::Duration};

use axum::{Extension, Json, extract::State, http::StatusCode, response::IntoResponse};
use domain::{error::ErrorCode, latency::Latency, time::Timestamp};
use engine::{
    Console,
    background::{TaskHealth, TaskStatus},
    report::RequestContext,
};
use serde::Serialize;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{problem::Problem, state::AppState};

/// A database that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(livez)).routes(routes!(readyz)).routes(routes!(health))
}

#[derive(Serialize, ToSchema)]
pub struct Answer {
    status: Status,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Down,
}

#[derive(Serialize, ToSchema)]
struct Health {
    status: Status,
    version: &'static str,
    timestamp: Timestamp,
    checks: BTreeMap<&'static str, Check>,
    circuit_breakers: BTreeMap<&'static str, String>,
    /// What goes on beside requests. One that failed is tried again; one that ended makes the console unwell.
    background: BTreeMap<&'static str, TaskHealth>,
    /// Records past their time that this process has removed.
    removed: BTreeMap<&'static str, u64>,
}

#[derive(Serialize, ToSchema)]
struct Check {
    status: Status,
    /// Milliseconds, to a tenth.
    latency_ms: f64,
}

/// The process runs.
#[utoipa::path(get, path = "/livez", tag = "health", security(()), responses((status = OK, body = Answer)))]
pub async fn livez() -> Json<Answer> {
    Json(Answer { status: Status::Ok })
}

/// The console can do its work: its database takes a write.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses((status = OK, body = Answer), (status = SERVICE_UNAVAILABLE, body = Problem), (status = INSUFFICIENT_STORAGE, body = Problem)))]
async fn readyz(State(state): State<AppState>, Extension(context): Extension<RequestContext>) -> Result<Json<Answer>, Problem> {
    match written(&state.console).await {
        Ok(()) => Ok(Json(Answer { status: Status::Ok })),
        Err(code) => Err(Problem::new(code, context.correlation_id)),
    }
}

/// How the console is, part by part.
#[utoipa::path(get, path = "/health", tag = "health", security(()), responses((status = OK, body = Health), (status = SERVICE_UNAVAILABLE, body = Health)))]
async fn health(State(state): State<AppState>) -> impl IntoResponse {
    let database = check(answers(&state.console)).await;
    let writes = check(async { written(&state.console).await.is_ok() }).await;
    let background = state.background.health();
    let is_whole = background.values().all(|task| task.status != TaskStatus::Ended);
    let status = if is_whole && matches!((database.status, writes.status), (Status::Ok, Status::Ok)) { Status::Ok } else { Status::Down };
    let code = if matches!(status, Status::Ok) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        timestamp: state.console.clock.now(),
        checks: [("database", database), ("writes", writes)].into(),
        background,
        circuit_breakers: circuit_breakers(&state.console),
        removed: state.console.removed.counts(),
    };
    (code, Json(health))
}

/// Counts alone: anyone may read this, and the names of targets are nobody else's business.
fn circuit_breakers(console: &Console) -> BTreeMap<&'static str, String> {
    let (open, all) = console.scheduler.concurrency.breakers();
    let targets = if open == 0 { format!("closed ({all})") } else { format!("open ({open} of {all})") };
    [("targets", targets)].into()
}

/// How a part is, and how long it took to tell.
async fn check(is_well: impl Future<Output = bool>) -> Check {
    let begun = Instant::now();
    let status = if is_well.await { Status::Ok } else { Status::Down };
    Check { status, latency_ms: Latency::from(begun.elapsed()).as_millis() }
}

async fn answers(console: &Console) -> bool {
    match timeout(PATIENCE, console.db.ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            false
        }
        Err(_elapsed) => {
            tracing::warn!(seconds = PATIENCE.as_secs(), "the database does not answer in time");
            false
        }
    }
}

async fn written(console: &Console) -> Result<(), ErrorCode> {
    timeout(PATIENCE, console.readiness.check(&console.db, console.clock.now())).await.unwrap_or(Err(ErrorCode::DatabaseUnavailable))
}
