//! `/api/kinds`: what a connection may be.

use axum::Json;
use domain::kind::KindDescriptor;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::caller::{Caller, ReadConnections};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Serialize, ToSchema)]
struct Kinds {
    kinds: Vec<KindDescriptor>,
}

/// Every kind with its fields and scenarios.
#[utoipa::path(get, operation_id = "list_kinds", path = "/api/kinds", tag = "connections", responses((status = OK, body = Kinds), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadConnections>) -> Result<Json<Kinds>, Problem> {
    let kinds = caller.call(|scope| async move { Ok(scope.console().kinds.iter().map(|kind| kind.descriptor().clone()).collect()) }).await?;
    Ok(Json(Kinds { kinds }))
}
