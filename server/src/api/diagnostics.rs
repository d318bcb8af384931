//! `/api/diagnostics/runs`: runs, their verdict and their evidence.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use domain::{
    diagnostic::{DiagnosticTestRun, RunFilter, RunStatus},
    environment::Environment,
    error::ErrorCode,
    evidence::Evidence,
    ids::{EvidenceId, ProfileId, RunId},
};
use engine::{
    OpsError,
    diagnose::{self, RunRequest, Selection},
    evidence,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadDiagnostics, RunDiagnostics},
    input::{Body, Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(get))
        .routes(routes!(cancel))
        .routes(routes!(again))
        .routes(routes!(pack))
        .routes(routes!(artefacts))
        .routes(routes!(artefact))
}

/// Which connections to try: their ids, an environment, or all. Exactly one of the three.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRun {
    #[schema(value_type = Option<Vec<Uuid>>, min_items = 1)]
    connection_ids: Option<Vec<ProfileId>>,
    environment: Option<Environment>,
    all: Option<bool>,
    /// Only these; null means all.
    scenarios: Option<Vec<String>>,
    /// The release it is run for.
    #[schema(min_length = 1, max_length = 100)]
    release: Option<String>,
}

impl NewRun {
    fn understood(self) -> Result<RunRequest, OpsError> {
        let selection = match (self.connection_ids, self.environment, self.all.unwrap_or(false)) {
            (Some(ids), None, false) => Selection::Connections(ids),
            (None, Some(environment), false) => Selection::Environment(environment),
            (None, None, true) => Selection::All,
            _ => return Err(OpsError::invalid("connection_ids", "Give connection_ids, environment, or all: one of them.")),
        };
        Ok(RunRequest { selection, scenarios: self.scenarios, release: self.release })
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Patience {
    /// Seconds to hold the answer for, until the run has ended: 0 to 30.
    #[param(maximum = 30)]
    wait: Option<u64>,
}

impl Patience {
    fn understood(&self) -> Result<Duration, OpsError> {
        match self.wait.unwrap_or(0) {
            seconds @ 0..=30 => Ok(Duration::from_secs(seconds)),
            _ => Err(OpsError::invalid("wait", "Must be from 0 to 30 seconds.")),
        }
    }
}

/// Begins a run. It goes on by itself; look at its `Location`.
#[utoipa::path(post, operation_id = "start_run", path = "/api/diagnostics/runs", tag = "diagnostics", params(Patience), request_body = NewRun,
    responses((status = ACCEPTED, body = DiagnosticTestRun), (status = "4XX", body = Problem)))]
async fn start(caller: Caller<RunDiagnostics>, Query(patience): Query<Patience>, Body(new): Body<NewRun>) -> Result<Response, Problem> {
    let run = caller
        .call(|scope| async move {
            let patience = patience.understood()?;
            let run = diagnose::request(&scope, new.understood()?).await?;
            diagnose::wait(&scope, run.id, patience).await
        })
        .await?;
    Ok(accepted(run))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    environment: Option<Environment>,
    status: Option<RunStatus>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The team's runs, the newest first, with counts and without results.
#[utoipa::path(get, operation_id = "list_runs", path = "/api/diagnostics/runs", tag = "diagnostics", params(ListQuery),
    responses((status = OK, body = Page<DiagnosticTestRun>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadDiagnostics>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = RunFilter { environment: query.environment, status: query.status, ..RunFilter::default() };
        diagnose::list(&scope, &filter, limit, query.cursor.as_deref()).await
    };
    paging::list(&caller, &uri, query.limit, list).await
}

/// A run with the results it has so far.
#[utoipa::path(get, operation_id = "get_run", path = "/api/diagnostics/runs/{id}", tag = "diagnostics", params(("id" = Uuid, Path), Patience),
    responses((status = OK, body = DiagnosticTestRun), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadDiagnostics>, Id(id): Id<RunId>, Query(patience): Query<Patience>) -> Result<Json<DiagnosticTestRun>, Problem> {
    let run = caller.call(|scope| async move { diagnose::wait(&scope, id, patience.understood()?).await });
    run.await.map(Json)
}

/// Ends a run where it stands; its verdict is `block`.
#[utoipa::path(post, operation_id = "cancel_run", path = "/api/diagnostics/runs/{id}/cancel", tag = "diagnostics", params(("id" = Uuid, Path)),
    responses((status = OK, body = DiagnosticTestRun), (status = "4XX", body = Problem)))]
async fn cancel(caller: Caller<RunDiagnostics>, Id(id): Id<RunId>) -> Result<Json<DiagnosticTestRun>, Problem> {
    caller.call(|scope| async move { diagnose::cancel(&scope, id).await }).await.map(Json)
}

/// Begins the same run over the connections as they are now.
#[utoipa::path(post, operation_id = "repeat_run", path = "/api/diagnostics/runs/{id}/again", tag = "diagnostics", params(("id" = Uuid, Path)),
    responses((status = ACCEPTED, body = DiagnosticTestRun), (status = "4XX", body = Problem)))]
async fn again(caller: Caller<RunDiagnostics>, Id(id): Id<RunId>) -> Result<Response, Problem> {
    let run = caller.call(|scope| async move { diagnose::again(&scope, id).await });
    run.await.map(accepted)
}

/// The evidence pack of a run that has ended.
#[utoipa::path(get, operation_id = "get_evidence_pack", path = "/api/diagnostics/runs/{id}/evidence", tag = "diagnostics", params(("id" = Uuid, Path)),
    responses((status = OK, content_type = "application/zip", body = Vec<u8>), (status = "4XX", body = Problem)))]
async fn pack(caller: Caller<ReadDiagnostics>, Id(id): Id<RunId>) -> Result<Response, Problem> {
    let pack = caller.call(|scope| async move { evidence::packed(&scope, id).await }).await?;
    Ok(attachment("application/zip", &format!("evidence-{id}.zip"), pack))
}

/// What is kept of a run.
#[utoipa::path(get, operation_id = "list_evidence", path = "/api/diagnostics/runs/{id}/artefacts", tag = "diagnostics", params(("id" = Uuid, Path)),
    responses((status = OK, body = Vec<Evidence>), (status = "4XX", body = Problem)))]
async fn artefacts(caller: Caller<ReadDiagnostics>, Id(id): Id<RunId>) -> Result<Json<Vec<Evidence>>, Problem> {
    let listed = caller.call(|scope| async move {
        diagnose::get(&scope, id).await?;
        evidence::of_run(&scope, id).await
    });
    listed.await.map(Json)
}

/// One artefact, to be saved and never to be shown by a browser.
#[utoipa::path(get, operation_id = "get_evidence", path = "/api/diagnostics/evidence/{id}", tag = "diagnostics", params(("id" = Uuid, Path)),
    responses((status = OK, content_type = "application/octet-stream", body = Vec<u8>), (status = "4XX", body = Problem)))]
async fn artefact(caller: Caller<ReadDiagnostics>, Id(id): Id<EvidenceId>) -> Result<Response, Problem> {
    let (row, bytes) = caller
        .call(|scope| async move {
            // Its media type is what a service said of itself: at the door every artefact is bytes.
            evidence::read(&scope, id).await.map_err(|error| match error {
                OpsError::Refused(_) => ErrorCode::EvidenceNotFound.into(),
                error => error,
            })
        })
        .await?;
    Ok(attachment("application/octet-stream", &format!("{}-{}", row.id, row.name), bytes))
}

fn accepted(run: DiagnosticTestRun) -> Response {
    let location = HeaderValue::from_str(&format!("/api/diagnostics/runs/{}", run.id));
    let mut response = (StatusCode::ACCEPTED, Json(run)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Bytes that came from elsewhere: saved, not opened; whatever opens them anyway may do nothing.
pub(super) fn attachment(media_type: &'static str, name: &str, bytes: impl IntoResponse) -> Response {
    const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
    let mut response = bytes.into_response();
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' }).collect();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, NOTHING);
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
