//! `/api/runbooks`: procedures, those that come with the console and a team's own.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ids::{IncidentId, ProfileId, RunbookId},
    runbook::{KeptRunbook, Problem as DocumentProblem, RunbookVersion},
};
use engine::runbooks::{self, NewRunbook, RunbookEdit, offers, read};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageRunbooks, ReadRunbooks},
    conditional,
    input::{Body, Id, Query},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, edit, remove))
        .routes(routes!(versions))
        .routes(routes!(validate))
        .routes(routes!(schema))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Document {
    yaml: String,
}

/// What is wrong with a document; nothing where it can be kept.
#[derive(Serialize, ToSchema)]
struct Validated {
    errors: Vec<DocumentProblem>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Those that are for this incident, the best first.
    #[param(value_type = Option<Uuid>)]
    incident_id: Option<IncidentId>,
    /// Those that are for this connection as it fails now, the best first.
    #[param(value_type = Option<Uuid>)]
    connection_id: Option<ProfileId>,
}

/// Every runbook of the team, and those that come with the console, by name; or those that are for a failure.
#[utoipa::path(get, operation_id = "list_runbooks", path = "/api/runbooks", tag = "runbooks", params(ListQuery),
    responses((status = OK, body = Page<KeptRunbook>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadRunbooks>, Query(query): Query<ListQuery>) -> Result<Json<Page<KeptRunbook>>, Problem> {
    let items = caller
        .call(|scope| async move {
            match (query.incident_id, query.connection_id) {
                (Some(incident), _) => offers::for_incident(&scope, incident).await,
                (None, Some(connection)) => offers::for_connection(&scope, connection, None).await,
                (None, None) => runbooks::list(&scope).await,
            }
        })
        .await?;
    Ok(Json(Page { items, next: None }))
}

/// Adds a runbook. docs/runbooks.md says how one is written; each fault of it is told with its line.
#[utoipa::path(post, operation_id = "create_runbook", path = "/api/runbooks", tag = "runbooks", request_body = NewRunbook,
    responses((status = CREATED, body = KeptRunbook), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageRunbooks>, Body(new): Body<NewRunbook>) -> Result<Response, Problem> {
    let runbook = caller.call(|scope| async move { runbooks::create(&scope, new).await }).await?;
    Ok(conditional::created(&format!("/api/runbooks/{}", runbook.id), runbook.version, runbook))
}

/// One runbook, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_runbook", path = "/api/runbooks/{id}", tag = "runbooks",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = KeptRunbook), (status = NOT_MODIFIED, description = "The client has this version"),
        (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadRunbooks>, Id(id): Id<RunbookId>, headers: HeaderMap) -> Result<Response, Problem> {
    let runbook = caller.call(|scope| async move { runbooks::get(&scope, id).await }).await?;
    Ok(conditional::unless_seen(&headers, runbook.version, runbook))
}

/// Changes a runbook, from the version named in `If-Match`. What is being carried out goes on as it was.
#[utoipa::path(patch, operation_id = "edit_runbook", path = "/api/runbooks/{id}", tag = "runbooks",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of the runbook as it was read, several, or `*`")),
    request_body = RunbookEdit,
    responses((status = OK, body = KeptRunbook), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageRunbooks>, Id(id): Id<RunbookId>, headers: HeaderMap, Body(edit): Body<RunbookEdit>) -> Result<Response, Problem> {
    let runbook = caller
        .call(|scope| async move {
            let seen = conditional::required(&headers)?.unless_stale(runbooks::get(&scope, id).await?.version)?;
            runbooks::edit(&scope, id, Some(seen), edit).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, runbook.version, runbook))
}

/// Removes a runbook with its history. What was carried out by it stays.
#[utoipa::path(delete, operation_id = "remove_runbook", path = "/api/runbooks/{id}", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove(caller: Caller<ManageRunbooks>, Id(id): Id<RunbookId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { runbooks::remove(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a runbook was, the newest version first.
#[utoipa::path(get, operation_id = "list_runbook_versions", path = "/api/runbooks/{id}/versions", tag = "runbooks", params(("id" = Uuid, Path)),
    responses((status = OK, body = Page<RunbookVersion>), (status = "4XX", body = Problem)))]
async fn versions(caller: Caller<ReadRunbooks>, Id(id): Id<RunbookId>) -> Result<Json<Page<RunbookVersion>>, Problem> {
    let items = caller.call(|scope| async move { runbooks::versions(&scope, id).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Reads a document and keeps nothing of it.
#[utoipa::path(post, operation_id = "validate_runbook", path = "/api/runbooks/validate", tag = "runbooks", request_body = Document,
    responses((status = OK, body = Validated), (status = "4XX", body = Problem)))]
async fn validate(caller: Caller<ReadRunbooks>, Body(document): Body<Document>) -> Result<Json<Validated>, Problem> {
    let errors = caller.call(|scope| async move { Ok(read::read(&document.yaml, &scope.console().kinds).err().unwrap_or_default()) }).await?;
    Ok(Json(Validated { errors }))
}

/// The JSON Schema of a document, for editors.
#[utoipa::path(get, operation_id = "get_runbook_schema", path = "/api/runbooks/schema.json", tag = "runbooks",
    responses((status = OK, content_type = "application/schema+json", body = Object), (status = "4XX", body = Problem)))]
async fn schema(_caller: Caller<ReadRunbooks>) -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], runbooks::SCHEMA).into_response()
}
