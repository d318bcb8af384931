//! `/api/incidents/{id}/post-mortem` and `/api/action-items`: what is learned of an incident, and what is to be done about it.

use axum::{
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use domain::{
    ids::{ActionItemId, IncidentId},
    post_mortem::{ActionItem, PostMortem},
};
use engine::incidents::{
    action_items::{self, ActionItemEdit, ListedActionItem, NewActionItem},
    post_mortem::{self, PostMortemEdit},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, HandleIncidents, ReadIncidents},
    conditional,
    diagnostics::attachment,
    input::{Body, Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get, put)).routes(routes!(export)).routes(routes!(list_items, add_item)).routes(routes!(
        get_item,
        edit_item,
        remove_item
    ))
}

/// The post-mortem as it was last saved, with its version as `ETag`; before that, a draft of what the console knows.
#[utoipa::path(get, operation_id = "get_post_mortem", path = "/api/incidents/{id}/post-mortem", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = OK, body = PostMortem), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadIncidents>, Id(id): Id<IncidentId>) -> Result<Response, Problem> {
    let read = caller.call(|scope| async move { post_mortem::get(&scope, id).await }).await?;
    Ok(conditional::answer(StatusCode::OK, read.version, read))
}

/// Saves the post-mortem over the version named in `If-Match` if there is one. What was read may be sent back; action items have an address of their own.
#[utoipa::path(put, operation_id = "put_post_mortem", path = "/api/incidents/{id}/post-mortem", tag = "incidents",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The `ETag` of the post-mortem as it was read, several, or `*`")),
    request_body = PostMortemEdit, responses((status = OK, body = PostMortem), (status = "4XX", body = Problem)))]
async fn put(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, headers: HeaderMap, Body(edit): Body<PostMortemEdit>) -> Result<Response, Problem> {
    let saved = caller
        .call(|scope| async move {
            let seen = match conditional::if_match(&headers)? {
                Some(seen) => Some(seen.unless_stale(post_mortem::get(&scope, id).await?.version)?),
                None => None,
            };
            post_mortem::save(&scope, id, seen, edit).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, saved.version, saved))
}

/// The post-mortem as a Markdown file.
#[utoipa::path(get, operation_id = "export_post_mortem", path = "/api/incidents/{id}/post-mortem/export", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = OK, content_type = "text/markdown", body = String), (status = "4XX", body = Problem)))]
async fn export(caller: Caller<ReadIncidents>, Id(id): Id<IncidentId>) -> Result<Response, Problem> {
    let exported = caller.call(|scope| async move { post_mortem::export(&scope, id).await }).await?;
    let name = exported.path.rsplit('/').next().unwrap_or_default();
    Ok(attachment("text/markdown; charset=utf-8", name, exported.markdown))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those that are done, or that are not.
    done: Option<bool>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The action items of all post-mortems: what is due first stands first, what is done last.
#[utoipa::path(get, operation_id = "list_action_items", path = "/api/action-items", tag = "incidents", params(ListQuery),
    responses((status = OK, body = Page<ListedActionItem>), (status = "4XX", body = Problem)))]
async fn list_items(caller: Caller<ReadIncidents>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move { action_items::list(&scope, query.done, limit, query.cursor.as_deref()).await };
    paging::list(&caller, &uri, query.limit, list).await
}

/// Adds an action item to an incident.
#[utoipa::path(post, operation_id = "add_action_item", path = "/api/action-items", tag = "incidents", request_body = NewActionItem,
    responses((status = CREATED, body = ActionItem), (status = "4XX", body = Problem)))]
async fn add_item(caller: Caller<HandleIncidents>, Body(new): Body<NewActionItem>) -> Result<Response, Problem> {
    let item = caller.call(|scope| async move { action_items::add(&scope, new).await }).await?;
    Ok(conditional::created(&format!("/api/action-items/{}", item.id), item.version, item))
}

/// One action item, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_action_item", path = "/api/action-items/{id}", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = OK, body = ActionItem), (status = "4XX", body = Problem)))]
async fn get_item(caller: Caller<ReadIncidents>, Id(id): Id<ActionItemId>) -> Result<Response, Problem> {
    let item = caller.call(|scope| async move { action_items::get(&scope, id).await }).await?;
    Ok(conditional::answer(StatusCode::OK, item.version, item))
}

/// Changes an action item, or says that it is done, from the version named in `If-Match`. Absent members stay.
#[utoipa::path(patch, operation_id = "edit_action_item", path = "/api/action-items/{id}", tag = "incidents",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of the action item as it was read, several, or `*`")),
    request_body = ActionItemEdit, responses((status = OK, body = ActionItem), (status = "4XX", body = Problem)))]
async fn edit_item(
    caller: Caller<HandleIncidents>,
    Id(id): Id<ActionItemId>,
    headers: HeaderMap,
    Body(edit): Body<ActionItemEdit>,
) -> Result<Response, Problem> {
    let item = caller
        .call(|scope| async move {
            let seen = conditional::required(&headers)?.unless_stale(action_items::get(&scope, id).await?.version)?;
            action_items::edit(&scope, id, Some(seen), edit).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, item.version, item))
}

#[utoipa::path(delete, operation_id = "remove_action_item", path = "/api/action-items/{id}", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove_item(caller: Caller<HandleIncidents>, Id(id): Id<ActionItemId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { action_items::remove(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
