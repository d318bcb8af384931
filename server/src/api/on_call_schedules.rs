//! `/api/on-call-schedules`: whose turn it is; and `/api/on-call`, who that is now.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{ids::ScheduleId, on_call::OnCallSchedule, time::Timestamp};
use engine::on_call::{self, OnCall, calendar};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageOnCall, ReadOnCall},
    input::{Body, Id, Query},
    on_call_resources::{self, Item, ResourceId},
    once,
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

const PLACE: &str = "/api/on-call-schedules";

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, edit, remove)).routes(routes!(issue, revoke)).routes(routes!(who))
}

/// The team's schedules, by name.
#[utoipa::path(get, operation_id = "list_on_call_schedules", path = "/api/on-call-schedules", tag = "on call",
    responses((status = OK, body = Page<Item<OnCallSchedule>>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadOnCall>) -> Result<Json<Page<Item<OnCallSchedule>>>, Problem> {
    on_call_resources::list(caller).await
}

/// Adds a schedule. docs/on-call.md says what the members mean; those that are absent have their defaults.
#[utoipa::path(post, operation_id = "create_on_call_schedule", path = "/api/on-call-schedules", tag = "on call", request_body = OnCallSchedule,
    responses((status = CREATED, body = Item<OnCallSchedule>), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageOnCall>, Body(members): Body<Map<String, Value>>) -> Result<Response, Problem> {
    on_call_resources::create::<OnCallSchedule>(caller, PLACE, members).await
}

/// One schedule, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_on_call_schedule", path = "/api/on-call-schedules/{id}", tag = "on call",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = Item<OnCallSchedule>), (status = NOT_MODIFIED, description = "The client has this version"), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadOnCall>, id: Id<ResourceId>, headers: HeaderMap) -> Result<Response, Problem> {
    on_call_resources::get::<OnCallSchedule>(caller, id, &headers).await
}

/// Changes a schedule, from the version named in `If-Match`. Absent members stay as they are.
#[utoipa::path(patch, operation_id = "edit_on_call_schedule", path = "/api/on-call-schedules/{id}", tag = "on call",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of what was read, several, or `*`")),
    request_body = OnCallSchedule, responses((status = OK, body = Item<OnCallSchedule>), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageOnCall>, id: Id<ResourceId>, headers: HeaderMap, Body(members): Body<Map<String, Value>>) -> Result<Response, Problem> {
    on_call_resources::edit::<OnCallSchedule>(caller, id, headers, members).await
}

/// Removes a schedule that nothing names.
#[utoipa::path(delete, operation_id = "remove_on_call_schedule", path = "/api/on-call-schedules/{id}", tag = "on call", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove(caller: Caller<ManageOnCall>, id: Id<ResourceId>) -> Result<StatusCode, Problem> {
    on_call_resources::remove::<OnCallSchedule>(caller, id).await
}

/// The address of a calendar, which is answered once.
#[derive(Serialize, ToSchema)]
struct CalendarAddress {
    url: String,
}

/// Gives a schedule an address for calendar programs, in place of an earlier one. It is answered here and never again.
#[utoipa::path(post, operation_id = "issue_calendar", path = "/api/on-call-schedules/{id}/calendar", tag = "on call", params(("id" = Uuid, Path)),
    responses((status = CREATED, body = CalendarAddress), (status = "4XX", body = Problem)))]
async fn issue(caller: Caller<ManageOnCall>, Id(id): Id<ScheduleId>) -> Result<Response, Problem> {
    let url = caller
        .call(|scope| async move {
            let token = calendar::issue(&scope, id).await?;
            Ok(calendar::address(scope.console(), &token))
        })
        .await?;
    Ok(once::answer(StatusCode::CREATED, CalendarAddress { url }))
}

/// Takes the address back.
#[utoipa::path(delete, operation_id = "revoke_calendar", path = "/api/on-call-schedules/{id}/calendar", tag = "on call", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn revoke(caller: Caller<ManageOnCall>, Id(id): Id<ScheduleId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { calendar::revoke(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct At {
    /// Absent: now.
    at: Option<Timestamp>,
}

/// Who is on call, of each schedule by its name.
#[utoipa::path(get, operation_id = "on_call", path = "/api/on-call", tag = "on call", params(At),
    responses((status = OK, body = Page<OnCall>), (status = "4XX", body = Problem)))]
async fn who(caller: Caller<ReadOnCall>, Query(At { at }): Query<At>) -> Result<Json<Page<OnCall>>, Problem> {
    let items = caller.call(|scope| async move { on_call::who(&scope, at.unwrap_or_else(|| scope.console().clock.now())).await }).await?;
    Ok(Json(Page { items, next: None }))
}
