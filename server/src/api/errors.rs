//! `/api/errors`: programs report errors; operators look them up.

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, Uri},
    response::Response,
};
use domain::{
    correlation::CorrelationId,
    error::ErrorCode,
    error_event::{ErrorEvent, ErrorFilter},
    ids::ProfileId,
    profile::ServiceConnectionProfile,
    severity::Severity,
    time::Timestamp,
};
use engine::{
    OpsError, Scope, configure,
    report::{self, ReportedError},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadErrors, ReportErrors},
    input::{Body, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, record)).routes(routes!(get))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewError {
    #[schema(min_length = 1, max_length = 2_000)]
    code: String,
    #[schema(max_length = 2_000)]
    message: String,
    severity: Severity,
    /// The program that reports.
    #[schema(min_length = 1, max_length = 2_000)]
    service: String,
    #[schema(max_length = 2_000)]
    environment: Option<String>,
    /// Whatever helps to understand it: a JSON object. No secrets.
    #[schema(value_type = Option<Object>)]
    context: Option<serde_json::Value>,
    /// The one the user saw; without it, that of this request.
    correlation_id: Option<CorrelationId>,
    #[schema(max_length = 2_000)]
    trace_id: Option<String>,
    /// What the user read.
    #[schema(max_length = 2_000)]
    user_message: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    connection_id: Option<ProfileId>,
}

#[derive(Serialize, ToSchema)]
struct Recorded {
    correlation_id: CorrelationId,
}

/// Records an error that a user of another program met.
#[utoipa::path(post, operation_id = "record_error", path = "/api/errors", tag = "errors", request_body = NewError,
    responses((status = CREATED, body = Recorded), (status = "4XX", body = Problem)))]
async fn record(caller: Caller<ReportErrors>, Body(new): Body<NewError>) -> Result<(StatusCode, Json<Recorded>), Problem> {
    let operation = caller.operation();
    let correlation_id = caller
        .call(|scope| async move {
            let reported = ReportedError {
                code: new.code,
                message: new.message,
                severity: new.severity,
                service: new.service,
                environment: new.environment,
                context: new.context.unwrap_or_else(|| serde_json::json!({})),
                correlation_id: new.correlation_id,
                trace_id: new.trace_id,
                user_message: new.user_message,
                connection_id: new.connection_id,
            };
            report::record(&scope, &operation, reported).await
        })
        .await?;
    Ok((StatusCode::CREATED, Json(Recorded { correlation_id })))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    code: Option<String>,
    service: Option<String>,
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Exclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Part of a message or correlation ID.
    q: Option<String>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The errors recorded, the newest first.
#[utoipa::path(get, operation_id = "list_errors", path = "/api/errors", tag = "errors", params(ListQuery),
    responses((status = OK, body = Page<ErrorEvent>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadErrors>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let page = caller.call(|scope| async move { page_of(&scope, query).await }).await?;
    Ok(paging::answer(&uri, page))
}

async fn page_of(scope: &Scope, query: ListQuery) -> Result<Page<ErrorEvent>, OpsError> {
    let limit = paging::limit(query.limit)?;
    let filter = ErrorFilter { code: query.code, service: query.service, from: query.from, to: query.to, q: query.q, ..ErrorFilter::default() };
    let (items, next) = report::events(scope, &filter, limit, query.cursor.as_deref()).await.map_err(paging::cursor_refused)?;
    Ok(Page { items, next })
}

#[derive(Serialize, ToSchema)]
struct Thread {
    correlation_id: CorrelationId,
    /// The newest first.
    events: Vec<ErrorEvent>,
    /// The connections that the events name.
    connections: Vec<ServiceConnectionProfile>,
}

/// Everything recorded under one correlation ID.
#[utoipa::path(get, operation_id = "get_error", path = "/api/errors/{correlation_id}", tag = "errors", params(("correlation_id" = String, Path)),
    responses((status = OK, body = Thread), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadErrors>, Path(id): Path<String>) -> Result<Json<Thread>, Problem> {
    let thread = caller
        .call(|scope| async move {
            // What cannot be an ID has nothing recorded under it.
            let correlation_id: CorrelationId = id.parse().map_err(|_| ErrorCode::ErrorNotFound)?;
            let events = report::event(&scope, &correlation_id).await?;
            let mut connections: Vec<ServiceConnectionProfile> = Vec::new();
            for id in events.iter().filter_map(|event| event.connection_id) {
                if connections.iter().all(|known| known.id != id) {
                    connections.push(configure::get(&scope, id).await?);
                }
            }
            Ok(Thread { correlation_id, events, connections })
        })
        .await?;
    Ok(Json(thread))
}
