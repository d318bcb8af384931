//! `/api/channels`: where the team is told of its incidents.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{channel::NotificationChannel, ids::ChannelId};
use engine::notify::manage::{self, ChannelEdit, NewChannel, Tested};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageChannels, ReadChannels, UseChannels},
    conditional,
    input::{Body, Id},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, edit, remove)).routes(routes!(test))
}

/// The team's channels, by name. Settings are for administrators alone.
#[utoipa::path(get, operation_id = "list_channels", path = "/api/channels", tag = "channels",
    responses((status = OK, body = Page<NotificationChannel>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadChannels>) -> Result<Json<Page<NotificationChannel>>, Problem> {
    let items = caller.call(|scope| async move { manage::list(&scope).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Adds a channel; it is told of what happens from then on. docs/notifications.md says what each type asks for.
#[utoipa::path(post, operation_id = "create_channel", path = "/api/channels", tag = "channels", request_body = NewChannel,
    responses((status = CREATED, body = NotificationChannel), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageChannels>, Body(new): Body<NewChannel>) -> Result<Response, Problem> {
    let channel = caller.call(|scope| async move { manage::create(&scope, new).await }).await?;
    Ok(conditional::created(&format!("/api/channels/{}", channel.id), channel.version, channel))
}

/// One channel, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_channel", path = "/api/channels/{id}", tag = "channels",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = NotificationChannel), (status = NOT_MODIFIED, description = "The client has this version"),
        (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadChannels>, Id(id): Id<ChannelId>, headers: HeaderMap) -> Result<Response, Problem> {
    let channel = caller.call(|scope| async move { manage::get(&scope, id).await }).await?;
    Ok(conditional::unless_seen(&headers, channel.version, channel))
}

/// Changes a channel, from the version named in `If-Match`. Absent members stay; a change of its address asks for the credential again.
#[utoipa::path(patch, operation_id = "edit_channel", path = "/api/channels/{id}", tag = "channels",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of the channel as it was read, several, or `*`")),
    request_body = ChannelEdit,
    responses((status = OK, body = NotificationChannel), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageChannels>, Id(id): Id<ChannelId>, headers: HeaderMap, Body(edit): Body<ChannelEdit>) -> Result<Response, Problem> {
    let channel = caller
        .call(|scope| async move {
            let seen = conditional::required(&headers)?.unless_stale(manage::get(&scope, id).await?.version)?;
            manage::edit(&scope, id, Some(seen), edit).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, channel.version, channel))
}

/// Removes a channel with all that was sent on it.
#[utoipa::path(delete, operation_id = "remove_channel", path = "/api/channels/{id}", tag = "channels", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove(caller: Caller<ManageChannels>, Id(id): Id<ChannelId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { manage::remove(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test now, and waits for what comes of it.
#[utoipa::path(post, operation_id = "test_channel", path = "/api/channels/{id}/test", tag = "channels", params(("id" = Uuid, Path)),
    responses((status = OK, body = Tested), (status = "4XX", body = Problem)))]
async fn test(caller: Caller<UseChannels>, Id(id): Id<ChannelId>) -> Result<Json<Tested>, Problem> {
    caller.call(|scope| async move { manage::test(&scope, id).await }).await.map(Json)
}
