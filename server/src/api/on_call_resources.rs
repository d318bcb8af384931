//! What contacts, schedules and escalation policies have in common over HTTP.

use axum::{
    Json,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{ids, on_call::Stored, time::Timestamp};
use engine::on_call::resources::{self, OnCallResource};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    caller::{Caller, ManageOnCall, ReadOnCall},
    conditional,
    input::Id,
    paging::Page,
};
use crate::problem::Problem;

/// Of one of what is arranged, whichever it is.
pub type ResourceId = ids::Id<()>;

/// What is kept, with what a client needs to name it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Item<T> {
    #[schema(value_type = uuid::Uuid)]
    id: ResourceId,
    /// Rises with every edit.
    version: i64,
    #[serde(flatten)]
    of: T,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl<T> From<Stored<T>> for Item<T> {
    fn from(stored: Stored<T>) -> Self {
        let Stored { id, version, of, created_at, updated_at } = stored;
        Self { id, version, of, created_at, updated_at }
    }
}

pub async fn list<T: OnCallResource>(caller: Caller<ReadOnCall>) -> Result<Json<Page<Item<T>>>, Problem> {
    let items = caller.call(|scope| async move { resources::list(&scope).await }).await?;
    Ok(Json(Page { items: items.into_iter().map(Item::from).collect(), next: None }))
}

pub async fn create<T: OnCallResource>(caller: Caller<ManageOnCall>, place: &str, members: Map<String, Value>) -> Result<Response, Problem> {
    let created: Stored<T> = caller.call(|scope| async move { resources::create(&scope, members).await }).await?;
    Ok(conditional::created(&format!("{place}/{}", created.id), created.version, Item::from(created)))
}

pub async fn get<T: OnCallResource>(caller: Caller<ReadOnCall>, Id(id): Id<ResourceId>, headers: &HeaderMap) -> Result<Response, Problem> {
    let found: Stored<T> = caller.call(|scope| async move { resources::get(&scope, id).await }).await?;
    Ok(conditional::unless_seen(headers, found.version, Item::from(found)))
}

pub async fn edit<T: OnCallResource>(
    caller: Caller<ManageOnCall>,
    Id(id): Id<ResourceId>,
    headers: HeaderMap,
    members: Map<String, Value>,
) -> Result<Response, Problem> {
    let edited: Stored<T> = caller
        .call(|scope| async move {
            let seen = conditional::required(&headers)?.unless_stale(resources::get::<T>(&scope, id).await?.version)?;
            resources::edit(&scope, id, Some(seen), members).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, edited.version, Item::from(edited)))
}

pub async fn remove<T: OnCallResource>(caller: Caller<ManageOnCall>, Id(id): Id<ResourceId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { resources::remove::<T>(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
