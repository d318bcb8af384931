//! `/api/maintenance-windows`: when failures are expected.

use axum::{Json, http::StatusCode};
use domain::{ids::WindowId, maintenance::MaintenanceWindow};
use engine::maintenance::{self, NewWindow};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, PlanMaintenance, ReadHealth},
    input::{Body, Id},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, declare)).routes(routes!(end))
}

/// The latest 200 windows of the team, those that close last first.
#[utoipa::path(get, operation_id = "list_maintenance_windows", path = "/api/maintenance-windows", tag = "health",
    responses((status = OK, body = Page<MaintenanceWindow>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadHealth>) -> Result<Json<Page<MaintenanceWindow>>, Problem> {
    let items = caller.call(|scope| async move { maintenance::list(&scope).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Declares a window for a connection, a tag, an environment, or all of the team; once, or as a rule says.
#[utoipa::path(post, operation_id = "declare_maintenance_window", path = "/api/maintenance-windows", tag = "health", request_body = NewWindow,
    responses((status = CREATED, body = MaintenanceWindow), (status = "4XX", body = Problem)))]
async fn declare(caller: Caller<PlanMaintenance>, Body(new): Body<NewWindow>) -> Result<(StatusCode, Json<MaintenanceWindow>), Problem> {
    let window = caller.call(|scope| async move { maintenance::declare(&scope, new).await }).await?;
    Ok((StatusCode::CREATED, Json(window)))
}

/// Ends an open window now, with all that would have come again, or takes back one that has not begun.
#[utoipa::path(delete, operation_id = "end_maintenance_window", path = "/api/maintenance-windows/{id}", tag = "health", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn end(caller: Caller<PlanMaintenance>, Id(id): Id<WindowId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { maintenance::end(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
