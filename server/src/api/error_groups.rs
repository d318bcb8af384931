//! `/api/error-groups`: errors that went wrong in the same way, counted, until somebody has dealt with them.

use axum::{Json, http::Uri, response::Response};
use domain::{
    error_group::{ErrorGroup, GroupFilter, GroupStatus},
    ids::ErrorGroupId,
    severity::Severity,
    time::Timestamp,
};
use engine::{Scope, report::error_groups};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadErrors, ResolveErrors},
    input::{Id, OptionalBody, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

/// A day.
const HOURS: usize = 24;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(resolve))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    code: Option<String>,
    service: Option<String>,
    severity: Option<Severity>,
    status: Option<GroupStatus>,
    /// Seen at or after this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// First seen before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Part of the message, code, place or newest correlation ID.
    q: Option<String>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Errors of a kind, those seen most recently first.
#[utoipa::path(get, operation_id = "list_error_groups", path = "/api/error-groups", tag = "errors", params(ListQuery),
    responses((status = OK, body = Page<ErrorGroup>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadErrors>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let ListQuery { code, service, severity, status, from, to, q, limit, cursor } = query;
    let filter = GroupFilter { code, service, severity, status, only_failures: false, from, to, q };
    let list = move |scope, limit| async move { error_groups::list(&scope, &filter, limit, cursor.as_deref()).await };
    paging::list(&caller, &uri, limit, list).await
}

/// A group, and how often its error came lately.
#[derive(Serialize, ToSchema)]
struct Counted {
    #[serde(flatten)]
    group: ErrorGroup,
    /// In each of the last 24 hours, the current one last.
    hours: Vec<i64>,
}

/// One group. Its errors are at `/api/errors?group_id=`.
#[utoipa::path(get, operation_id = "get_error_group", path = "/api/error-groups/{id}", tag = "errors", params(("id" = Uuid, Path)),
    responses((status = OK, body = Counted), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadErrors>, Id(id): Id<ErrorGroupId>) -> Result<Json<Counted>, Problem> {
    let read = async move |scope: Scope| Ok(Counted { group: error_groups::get(&scope, id).await?, hours: error_groups::counts_of(&scope, id, HOURS).await? });
    caller.call(read).await.map(Json)
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ErrorResolution)]
struct Resolution {
    /// What was found, and done about it.
    #[schema(max_length = 2_000)]
    note: Option<String>,
}

/// Marks a group as dealt with. It is open again once such an error comes back.
#[utoipa::path(post, operation_id = "resolve_error_group", path = "/api/error-groups/{id}/resolve", tag = "errors", params(("id" = Uuid, Path)),
    request_body = Option<Resolution>, responses((status = OK, body = ErrorGroup), (status = "4XX", body = Problem)))]
async fn resolve(
    caller: Caller<ResolveErrors>,
    Id(id): Id<ErrorGroupId>,
    OptionalBody(resolution): OptionalBody<Resolution>,
) -> Result<Json<ErrorGroup>, Problem> {
    let note = resolution.note.unwrap_or_default();
    caller.call(|scope| async move { error_groups::resolve(&scope, id, &note).await }).await.map(Json)
}
