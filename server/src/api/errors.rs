//! `/api/errors`: programs report errors; operators look them up.

use std::time::Duration;

use axum::{
    Json,
    extract::Path,
    http::{StatusCode, Uri},
    response::Response,
};
use domain::{
    correlation_id::CorrelationId,
    error::ErrorCode,
    error_event::{ErrorEvent, ErrorFilter},
    ids::{ErrorGroupId, ProfileId},
    severity::Severity,
    thread::Thread,
    time::Timestamp,
};
use engine::{
    OpsError, Scope,
    rates::{self, Rates},
    report::{self, ReportedError},
    thread,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadErrors, ReportErrors},
    input::{Query, Reading},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

/// In hours.
const WEEK: u32 = 7 * 24;
const YEAR: u32 = 366 * 24;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, record)).routes(routes!(get)).routes(routes!(success))
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
    /// Without it, that of the request's `traceparent`.
    #[schema(max_length = 2_000)]
    trace_id: Option<String>,
    /// What the user read.
    #[schema(max_length = 2_000)]
    user_message: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    connection_id: Option<ProfileId>,
    /// Where in the program it happened, such as a route or function; errors of one place are counted together.
    #[schema(max_length = 2_000)]
    operation: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Recorded {
    correlation_id: CorrelationId,
}

/// Records an error that a user of another program met.
#[utoipa::path(post, operation_id = "record_error", path = "/api/errors", tag = "errors", request_body = NewError,
    responses((status = CREATED, body = Recorded), (status = "4XX", body = Problem)))]
async fn record(caller: Caller<ReportErrors>, Reading(new): Reading<NewError>) -> Result<(StatusCode, Json<Recorded>), Problem> {
    let (operation, trace_id) = (caller.operation(), caller.trace_id());
    let correlation_id = caller
        .call(|scope| async move {
            let new = new.or_else(|error| report::count_unreadable(&scope).and(Err(error)))?;
            let reported = ReportedError {
                code: new.code,
                message: new.message,
                severity: new.severity,
                service: new.service,
                environment: new.environment,
                context: new.context.unwrap_or_else(|| serde_json::json!({})),
                correlation_id: new.correlation_id,
                trace_id: new.trace_id.or(trace_id),
                user_message: new.user_message,
                connection_id: new.connection_id,
                operation: new.operation,
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
    severity: Option<Severity>,
    /// Of those that went wrong in the same way.
    #[param(value_type = Option<Uuid>)]
    group_id: Option<ErrorGroupId>,
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
    let ListQuery { code, service, severity, group_id: group, from, to, q, limit, cursor } = query;
    let filter = ErrorFilter { code, group, service, severity, only_failures: false, from, to, q };
    let list = move |scope, limit| async move { report::events(&scope, &filter, limit, cursor.as_deref()).await };
    paging::list(&caller, &uri, limit, list).await
}

/// Everything that goes under one correlation ID, and the time line of it.
#[utoipa::path(get, operation_id = "get_error", path = "/api/errors/{correlation_id}", tag = "errors", params(("correlation_id" = String, Path)),
    responses((status = OK, body = Thread), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadErrors>, Path(id): Path<String>) -> Result<Json<Thread>, Problem> {
    let read = async move |scope: Scope| {
        // What cannot be an ID has nothing recorded under it.
        let correlation_id = id.parse().map_err(|_| ErrorCode::ErrorNotFound)?;
        thread::read(&scope, &correlation_id).await
    };
    caller.call(read).await.map(Json)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RateQuery {
    /// Until now; usually a week.
    #[param(minimum = 1, maximum = 8_784)]
    hours: Option<u32>,
}

/// How often tests, diagnostics and requests succeeded over time, by kind of service, the connections that failed most, and the codes that came most often.
#[utoipa::path(get, operation_id = "get_success_rates", path = "/api/success-rates", tag = "errors", params(RateQuery),
    responses((status = OK, body = Rates), (status = "4XX", body = Problem)))]
async fn success(caller: Caller<ReadErrors>, Query(RateQuery { hours }): Query<RateQuery>) -> Result<Json<Rates>, Problem> {
    let over = async move |scope: Scope| match hours.unwrap_or(WEEK) {
        hours @ 1..=YEAR => rates::over(&scope, Duration::from_secs(u64::from(hours) * 3_600)).await,
        _ => Err(OpsError::invalid("hours", format!("Must be from 1 to {YEAR}."))),
    };
    caller.call(over).await.map(Json)
}
