//! `/api/executions`: runbooks as they are carried out.

use axum::{
    Json,
    extract::{FromRequestParts, Path},
    http::{HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{
    error::ErrorCode,
    ids::{ExecutionId, IncidentId, RunbookId},
    runbook::execution::{Execution, ExecutionFilter, ExecutionStatus},
};
use engine::runbooks::executions::{self, NewExecution, Report};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadRunbooks, RunRunbooks},
    diagnostics::attachment,
    input::{self, Body, Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(get))
        .routes(routes!(report))
        .routes(routes!(resume))
        .routes(routes!(sign_off))
        .routes(routes!(cancel))
        .routes(routes!(pack))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Of this runbook.
    #[param(value_type = Option<Uuid>)]
    runbook_id: Option<RunbookId>,
    /// For this incident.
    #[param(value_type = Option<Uuid>)]
    incident_id: Option<IncidentId>,
    status: Option<ExecutionStatus>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Of an execution, and the number of one of its steps.
struct StepOf(ExecutionId, i32);

impl FromRequestParts<AppState> for StepOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (id, n) = texts.map(|Path(texts)| texts).unwrap_or_default();
        match input::id(&id) {
            // Steps are counted from one.
            Some(id) => Ok(Self(id, n.parse().unwrap_or_default())),
            None => Err(state.refuse_request(&parts.extensions, ErrorCode::RouteNotFound).await),
        }
    }
}

/// The newest executions first, without their steps.
#[utoipa::path(get, operation_id = "list_executions", path = "/api/executions", tag = "runbooks", params(ListQuery),
    responses((status = OK, body = Page<Execution>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadRunbooks>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = ExecutionFilter { runbook: query.runbook_id, incident: query.incident_id, status: query.status };
        executions::list(&scope, filter, limit, query.cursor.as_deref()).await
    };
    paging::list(&caller, &uri, query.limit, list).await
}

/// Begins to carry out a copy of a runbook; the console does its steps up to the first that is a person's.
#[utoipa::path(post, operation_id = "start_execution", path = "/api/executions", tag = "runbooks", request_body = NewExecution,
    responses((status = CREATED, body = Execution), (status = "4XX", body = Problem)))]
async fn start(caller: Caller<RunRunbooks>, Body(new): Body<NewExecution>) -> Result<Response, Problem> {
    let execution = caller.call(|scope| async move { executions::start(&scope, new).await }).await?;
    let location = HeaderValue::from_str(&format!("/api/executions/{}", execution.id));
    let mut response = (StatusCode::CREATED, Json(execution)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// An execution with its steps.
#[utoipa::path(get, operation_id = "get_execution", path = "/api/executions/{id}", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = OK, body = Execution), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadRunbooks>, Id(id): Id<ExecutionId>) -> Result<Json<Execution>, Problem> {
    caller.call(|scope| async move { executions::get(&scope, id).await }).await.map(Json)
}

/// Says what came of a step: a person's own, or one of the console's that failed.
#[utoipa::path(post, operation_id = "report_step", path = "/api/executions/{id}/steps/{n}", tag = "runbooks",
    params(("id" = Uuid, Path), ("n" = i32, Path, description = "The first step is 1")), request_body = Report,
    responses((status = OK, body = Execution), (status = "4XX", body = Problem)))]
async fn report(caller: Caller<RunRunbooks>, StepOf(id, n): StepOf, Body(report): Body<Report>) -> Result<Json<Execution>, Problem> {
    caller.call(|scope| async move { executions::report(&scope, id, n, report).await }).await.map(Json)
}

/// Goes on, whoever began it: what has failed is tried again.
#[utoipa::path(post, operation_id = "resume_execution", path = "/api/executions/{id}/resume", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = OK, body = Execution), (status = "4XX", body = Problem)))]
async fn resume(caller: Caller<RunRunbooks>, Id(id): Id<ExecutionId>) -> Result<Json<Execution>, Problem> {
    caller.call(|scope| async move { executions::resume(&scope, id).await }).await.map(Json)
}

/// Vouches for an execution of which every step is done or skipped.
#[utoipa::path(post, operation_id = "sign_off_execution", path = "/api/executions/{id}/sign-off", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = OK, body = Execution), (status = "4XX", body = Problem)))]
async fn sign_off(caller: Caller<RunRunbooks>, Id(id): Id<ExecutionId>) -> Result<Json<Execution>, Problem> {
    caller.call(|scope| async move { executions::sign_off(&scope, id).await }).await.map(Json)
}

/// Breaks an execution off where it stands.
#[utoipa::path(post, operation_id = "cancel_execution", path = "/api/executions/{id}/cancel", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = OK, body = Execution), (status = "4XX", body = Problem)))]
async fn cancel(caller: Caller<RunRunbooks>, Id(id): Id<ExecutionId>) -> Result<Json<Execution>, Problem> {
    caller.call(|scope| async move { executions::cancel(&scope, id).await }).await.map(Json)
}

/// The pack of an execution that was signed off; `switchboard evidence verify` checks it.
#[utoipa::path(get, operation_id = "get_execution_pack", path = "/api/executions/{id}/pack", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = OK, content_type = "application/zip", body = Vec<u8>), (status = "4XX", body = Problem)))]
async fn pack(caller: Caller<ReadRunbooks>, Id(id): Id<ExecutionId>) -> Result<Response, Problem> {
    let pack = caller.call(|scope| async move { executions::packed(&scope, id).await }).await?;
    Ok(attachment("application/zip", &format!("runbook-{id}.zip"), pack))
}
