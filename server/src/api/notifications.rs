//! `/api/notifications`: what the console tells a team of its own accord.

use axum::{Json, http::StatusCode, http::Uri, response::Response};
use domain::{ids::NotificationId, notification::Notification};
use engine::notify;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, MarkNotifications, ReadNotifications},
    input::{Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(unread)).routes(routes!(read)).routes(routes!(read_all))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The team's notifications, the newest first, with when whoever asks has read each.
#[utoipa::path(get, operation_id = "list_notifications", path = "/api/notifications", tag = "notifications", params(ListQuery),
    responses((status = OK, body = Page<Notification>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadNotifications>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move { notify::list(&scope, limit, query.cursor.as_deref()).await };
    paging::list(&caller, &uri, query.limit, list).await
}

#[derive(Serialize, ToSchema)]
struct Unread {
    unread: i64,
}

/// How many whoever asks has not read.
#[utoipa::path(get, operation_id = "count_unread_notifications", path = "/api/notifications/unread", tag = "notifications",
    responses((status = OK, body = Unread), (status = "4XX", body = Problem)))]
async fn unread(caller: Caller<ReadNotifications>) -> Result<Json<Unread>, Problem> {
    let unread = caller.call(|scope| async move { notify::unread(&scope).await }).await?;
    Ok(Json(Unread { unread }))
}

/// Marks one as read, by whoever asks.
#[utoipa::path(post, operation_id = "read_notification", path = "/api/notifications/{id}/read", tag = "notifications", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn read(caller: Caller<MarkNotifications>, Id(id): Id<NotificationId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { notify::mark_read(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks all that there are as read, by whoever asks.
#[utoipa::path(post, operation_id = "read_notifications", path = "/api/notifications/read", tag = "notifications",
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn read_all(caller: Caller<MarkNotifications>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { notify::mark_all_read(&scope).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
