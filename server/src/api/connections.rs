//! `/api/service-connections`: configure and read.

use axum::{
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use domain::{
    environment::Environment,
    ids::ProfileId,
    kind::KindId,
    listing::{Filter, Sort},
    profile::{ServiceConnectionProfile, State, Transition},
};
use engine::{
    connections::{self, ConnectionEdit, NewConnection},
    transition,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ConfigureConnections, ReadConnections},
    conditional,
    input::{Body, Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, edit, archive))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    environment: Option<Environment>,
    #[param(value_type = Option<String>, pattern = "^[a-z0-9_]{1,32}$")]
    kind: Option<KindId>,
    /// Archived connections are listed only when asked for.
    state: Option<State>,
    /// Part of a name, an owner or a tag.
    q: Option<String>,
    sort: Option<Sort>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The team's connections, a page at a time.
#[utoipa::path(get, operation_id = "list_connections", path = "/api/service-connections", tag = "connections", params(ListQuery),
    responses((status = OK, body = Page<ServiceConnectionProfile>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadConnections>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = Filter { environment: query.environment, kind: query.kind, state: query.state, q: query.q };
        let sort = query.sort.unwrap_or_default();
        connections::page_after(&scope, &filter, sort, limit, query.cursor.as_deref()).await
    };
    paging::list(&caller, &uri, query.limit, list).await
}

/// Configures a connection, as a draft.
#[utoipa::path(post, operation_id = "create_connection", path = "/api/service-connections", tag = "connections", request_body = NewConnection,
    responses((status = CREATED, body = ServiceConnectionProfile), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ConfigureConnections>, Body(new): Body<NewConnection>) -> Result<Response, Problem> {
    let connection = caller.call(|scope| async move { connections::create(&scope, new).await }).await?;
    Ok(conditional::created(&format!("/api/service-connections/{}", connection.id), connection.version, connection))
}

/// One connection, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_connection", path = "/api/service-connections/{id}", tag = "connections",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = ServiceConnectionProfile), (status = NOT_MODIFIED, description = "The client has this version"),
        (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadConnections>, Id(id): Id<ProfileId>, headers: HeaderMap) -> Result<Response, Problem> {
    let connection = caller.call(|scope| async move { connections::get(&scope, id).await }).await?;
    Ok(conditional::unless_seen(&headers, connection.version, connection))
}

/// Changes a connection from the version named in `If-Match`. Absent members stay; `null` clears.
#[utoipa::path(patch, operation_id = "edit_connection", path = "/api/service-connections/{id}", tag = "connections",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of the connection as it was read, several, or `*`")),
    request_body = ConnectionEdit,
    responses((status = OK, body = ServiceConnectionProfile), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ConfigureConnections>, Id(id): Id<ProfileId>, headers: HeaderMap, Body(edit): Body<ConnectionEdit>) -> Result<Response, Problem> {
    let connection = caller
        .call(|scope| async move {
            let seen = conditional::required(&headers)?.unless_stale(connections::get(&scope, id).await?.version)?;
            connections::edit(&scope, id, seen, edit).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, connection.version, connection))
}

/// Archives a connection: it is kept, and can neither be changed nor used again.
#[utoipa::path(delete, operation_id = "archive_connection", path = "/api/service-connections/{id}", tag = "connections", params(("id" = Uuid, Path)),
    responses((status = OK, body = ServiceConnectionProfile), (status = "4XX", body = Problem)))]
async fn archive(caller: Caller<ConfigureConnections>, Id(id): Id<ProfileId>, headers: HeaderMap) -> Result<Response, Problem> {
    let connection = caller
        .call(|scope| async move {
            if let Some(seen) = conditional::if_match(&headers)? {
                seen.unless_stale(connections::get(&scope, id).await?.version)?;
            }
            transition::apply(&scope, id, Transition::Archive).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, connection.version, connection))
}
