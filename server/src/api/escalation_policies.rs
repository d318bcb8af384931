//! `/api/escalation-policies`: who is told after how long.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::on_call::EscalationPolicy;
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageOnCall, ReadOnCall},
    input::{Body, Id},
    on_call_resources::{self, Item, ResourceId},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

const PLACE: &str = "/api/escalation-policies";

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, edit, remove))
}

/// The team's escalation policies, by name.
#[utoipa::path(get, operation_id = "list_escalation_policies", path = "/api/escalation-policies", tag = "on call",
    responses((status = OK, body = Page<Item<EscalationPolicy>>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadOnCall>) -> Result<Json<Page<Item<EscalationPolicy>>>, Problem> {
    on_call_resources::list(caller).await
}

/// Adds a policy. docs/on-call.md says what the members mean; those that are absent have their defaults.
#[utoipa::path(post, operation_id = "create_escalation_policy", path = "/api/escalation-policies", tag = "on call", request_body = EscalationPolicy,
    responses((status = CREATED, body = Item<EscalationPolicy>), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageOnCall>, Body(members): Body<Map<String, Value>>) -> Result<Response, Problem> {
    on_call_resources::create::<EscalationPolicy>(caller, PLACE, members).await
}

/// One policy, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_escalation_policy", path = "/api/escalation-policies/{id}", tag = "on call",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = Item<EscalationPolicy>), (status = NOT_MODIFIED, description = "The client has this version"), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadOnCall>, id: Id<ResourceId>, headers: HeaderMap) -> Result<Response, Problem> {
    on_call_resources::get::<EscalationPolicy>(caller, id, &headers).await
}

/// Changes a policy, from the version named in `If-Match`. Absent members stay as they are.
#[utoipa::path(patch, operation_id = "edit_escalation_policy", path = "/api/escalation-policies/{id}", tag = "on call",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of what was read, several, or `*`")),
    request_body = EscalationPolicy, responses((status = OK, body = Item<EscalationPolicy>), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageOnCall>, id: Id<ResourceId>, headers: HeaderMap, Body(members): Body<Map<String, Value>>) -> Result<Response, Problem> {
    on_call_resources::edit::<EscalationPolicy>(caller, id, headers, members).await
}

/// Removes a policy that no severity names.
#[utoipa::path(delete, operation_id = "remove_escalation_policy", path = "/api/escalation-policies/{id}", tag = "on call", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove(caller: Caller<ManageOnCall>, id: Id<ResourceId>) -> Result<StatusCode, Problem> {
    on_call_resources::remove::<EscalationPolicy>(caller, id).await
}
