//! `/api/contacts`: who can be told.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::on_call::Contact;
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageOnCall, ReadOnCall},
    input::{Body, Id},
    on_call_resources::{self, Item, ResourceId},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

const PLACE: &str = "/api/contacts";

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, edit, remove))
}

/// The team's contacts, by name.
#[utoipa::path(get, operation_id = "list_contacts", path = "/api/contacts", tag = "on call",
    responses((status = OK, body = Page<Item<Contact>>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadOnCall>) -> Result<Json<Page<Item<Contact>>>, Problem> {
    on_call_resources::list(caller).await
}

/// Adds a contact. docs/on-call.md says what the members mean; those that are absent have their defaults.
#[utoipa::path(post, operation_id = "create_contact", path = "/api/contacts", tag = "on call", request_body = Contact,
    responses((status = CREATED, body = Item<Contact>), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageOnCall>, Body(members): Body<Map<String, Value>>) -> Result<Response, Problem> {
    on_call_resources::create::<Contact>(caller, PLACE, members).await
}

/// One contact, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_contact", path = "/api/contacts/{id}", tag = "on call",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = Item<Contact>), (status = NOT_MODIFIED, description = "The client has this version"), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadOnCall>, id: Id<ResourceId>, headers: HeaderMap) -> Result<Response, Problem> {
    on_call_resources::get::<Contact>(caller, id, &headers).await
}

/// Changes a contact, from the version named in `If-Match`. Absent members stay as they are.
#[utoipa::path(patch, operation_id = "edit_contact", path = "/api/contacts/{id}", tag = "on call",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of what was read, several, or `*`")),
    request_body = Contact, responses((status = OK, body = Item<Contact>), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageOnCall>, id: Id<ResourceId>, headers: HeaderMap, Body(members): Body<Map<String, Value>>) -> Result<Response, Problem> {
    on_call_resources::edit::<Contact>(caller, id, headers, members).await
}

/// Removes a contact that nothing names, with all that was sent to its mailbox.
#[utoipa::path(delete, operation_id = "remove_contact", path = "/api/contacts/{id}", tag = "on call", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove(caller: Caller<ManageOnCall>, id: Id<ResourceId>) -> Result<StatusCode, Problem> {
    on_call_resources::remove::<Contact>(caller, id).await
}
