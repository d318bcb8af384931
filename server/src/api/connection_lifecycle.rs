//! `/api/service-connections/{id}/…`: verify, and the steps of a connection's life.

use axum::{Json, http::StatusCode, response::Response};
use domain::{
    ids::ProfileId,
    profile::{ServiceConnectionProfile, Transition},
    verification::Verification,
};
use engine::{connections, transition, verify};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ConfigureConnections, ReadConnections, VerifyConnections},
    conditional,
    input::{Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(verify)).routes(routes!(history)).routes(routes!(activate)).routes(routes!(suspend)).routes(routes!(resume))
}

/// Tries the connection against the real service and answers when it is done. A failed verification is a 200 too.
#[utoipa::path(post, operation_id = "verify_connection", path = "/api/service-connections/{id}/verify", tag = "connections", params(("id" = Uuid, Path)),
    responses((status = OK, body = Verification), (status = "4XX", body = Problem)))]
async fn verify(caller: Caller<VerifyConnections>, Id(id): Id<ProfileId>) -> Result<Json<Verification>, Problem> {
    let verified = caller
        .call(|scope| async move {
            let begun = verify::start(&scope, id).await?;
            verify::wait(&scope, begun.id).await
        })
        .await?;
    Ok(Json(verified))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The newest verifications of a connection.
#[utoipa::path(get, operation_id = "list_verifications", path = "/api/service-connections/{id}/verifications", tag = "connections", params(("id" = Uuid, Path), HistoryQuery),
    responses((status = OK, body = Page<Verification>), (status = "4XX", body = Problem)))]
async fn history(caller: Caller<ReadConnections>, Id(id): Id<ProfileId>, Query(query): Query<HistoryQuery>) -> Result<Json<Page<Verification>>, Problem> {
    let items = caller
        .call(|scope| async move {
            let limit = paging::limit(query.limit)?;
            connections::get(&scope, id).await?;
            verify::history(&scope, id, limit.into()).await
        })
        .await?;
    Ok(Json(Page { items, next: None }))
}

/// Lets a verified connection be used.
#[utoipa::path(post, operation_id = "activate_connection", path = "/api/service-connections/{id}/activate", tag = "connections", params(("id" = Uuid, Path)),
    responses((status = OK, body = ServiceConnectionProfile), (status = "4XX", body = Problem)))]
async fn activate(caller: Caller<ConfigureConnections>, Id(id): Id<ProfileId>) -> Result<Response, Problem> {
    step(caller, id, Transition::Activate).await
}

/// Takes an active connection out of use for a while.
#[utoipa::path(post, operation_id = "suspend_connection", path = "/api/service-connections/{id}/suspend", tag = "connections", params(("id" = Uuid, Path)),
    responses((status = OK, body = ServiceConnectionProfile), (status = "4XX", body = Problem)))]
async fn suspend(caller: Caller<ConfigureConnections>, Id(id): Id<ProfileId>) -> Result<Response, Problem> {
    step(caller, id, Transition::Suspend).await
}

/// Puts a suspended connection back into use.
#[utoipa::path(post, operation_id = "resume_connection", path = "/api/service-connections/{id}/resume", tag = "connections", params(("id" = Uuid, Path)),
    responses((status = OK, body = ServiceConnectionProfile), (status = "4XX", body = Problem)))]
async fn resume(caller: Caller<ConfigureConnections>, Id(id): Id<ProfileId>) -> Result<Response, Problem> {
    step(caller, id, Transition::Resume).await
}

async fn step(caller: Caller<ConfigureConnections>, id: ProfileId, step: Transition) -> Result<Response, Problem> {
    let connection = caller.call(move |scope| async move { transition::apply(&scope, id, step).await }).await?;
    Ok(conditional::answer(StatusCode::OK, connection.version, connection))
}
