//! `/api/daily-checklists` and `/api/maintenance-tasks`: what is looked at each day, and what is done again and again.

use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
};
use domain::{
    checklist::DailyChecklist,
    error::ErrorCode,
    maintenance_task::{MaintenanceTask, TaskState},
};
use engine::today::{self, Signature};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, PlanMaintenance, ReadHealth},
    input::{Body, OptionalBody},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

/// Days of a list of signed checklists.
const DAYS: u32 = 90;

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(history)).routes(routes!(today, sign)).routes(routes!(tasks)).routes(routes!(done))
}

/// The checklists of the last 90 days that were signed, the newest first.
#[utoipa::path(get, operation_id = "list_daily_checklists", path = "/api/daily-checklists", tag = "today",
    responses((status = OK, body = Page<DailyChecklist>), (status = "4XX", body = Problem)))]
async fn history(caller: Caller<ReadHealth>) -> Result<Json<Page<DailyChecklist>>, Problem> {
    let items = caller.call(|scope| async move { today::history(&scope, DAYS).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Today's checklist, as it was signed or as the console fills it in now.
#[utoipa::path(get, operation_id = "read_todays_checklist", path = "/api/daily-checklists/today", tag = "today",
    responses((status = OK, body = DailyChecklist), (status = "4XX", body = Problem)))]
async fn today(caller: Caller<ReadHealth>) -> Result<Json<DailyChecklist>, Problem> {
    caller.call(|scope| async move { today::checklist(&scope).await }).await.map(Json)
}

/// Signs today's checklist, once every line of it was looked at.
#[utoipa::path(post, operation_id = "sign_todays_checklist", path = "/api/daily-checklists/today", tag = "today", request_body = Signature,
    responses((status = OK, body = DailyChecklist), (status = "4XX", body = Problem)))]
async fn sign(caller: Caller<PlanMaintenance>, Body(signature): Body<Signature>) -> Result<Json<DailyChecklist>, Problem> {
    caller.call(|scope| async move { today::sign(&scope, signature).await }).await.map(Json)
}

/// The maintenance tasks, and when each is due.
#[utoipa::path(get, operation_id = "list_maintenance_tasks", path = "/api/maintenance-tasks", tag = "today",
    responses((status = OK, body = Page<TaskState>), (status = "4XX", body = Problem)))]
async fn tasks(caller: Caller<ReadHealth>) -> Result<Json<Page<TaskState>>, Problem> {
    let items = caller.call(|scope| async move { today::tasks(&scope).await }).await?;
    Ok(Json(Page { items, next: None }))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct TaskDone {
    #[schema(max_length = 2_000)]
    note: String,
}

/// Says that a maintenance task is done.
#[utoipa::path(post, operation_id = "finish_maintenance_task", path = "/api/maintenance-tasks/{task}/done", tag = "today",
    params(("task" = MaintenanceTask, Path)), request_body = Option<TaskDone>,
    responses((status = OK, body = TaskState), (status = "4XX", body = Problem)))]
async fn done(
    caller: Caller<PlanMaintenance>,
    task: Result<Path<String>, PathRejection>,
    OptionalBody(done): OptionalBody<TaskDone>,
) -> Result<Json<TaskState>, Problem> {
    let finished = caller.call(|scope| async move {
        let task: MaintenanceTask = task.ok().and_then(|Path(task)| task.parse().ok()).ok_or(ErrorCode::MaintenanceTaskNotFound)?;
        today::done(&scope, task, &done.note).await
    });
    finished.await.map(Json)
}
