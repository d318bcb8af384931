//! `/api/silences`: failures that somebody knows of.

use axum::{Json, http::StatusCode};
use domain::{ids::SilenceId, silence::Silence};
use engine::suppression::silences::{self, NewSilence};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, HandleIncidents, ReadIncidents},
    input::{Body, Id},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(end))
}

/// The latest 200 silences of the team, that which ends last first.
#[utoipa::path(get, operation_id = "list_silences", path = "/api/silences", tag = "incidents",
    responses((status = OK, body = Page<Silence>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadIncidents>) -> Result<Json<Page<Silence>>, Problem> {
    let items = caller.call(|scope| async move { silences::list(&scope).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Silences a connection, a tag or an environment from now on: incidents open and show, and nobody is told. What still stands at its end is told then.
#[utoipa::path(post, operation_id = "make_silence", path = "/api/silences", tag = "incidents", request_body = NewSilence,
    responses((status = CREATED, body = Silence), (status = "4XX", body = Problem)))]
async fn make(caller: Caller<HandleIncidents>, Body(new): Body<NewSilence>) -> Result<(StatusCode, Json<Silence>), Problem> {
    let silence = caller.call(|scope| async move { silences::make(&scope, new).await }).await?;
    Ok((StatusCode::CREATED, Json(silence)))
}

/// Ends a silence now.
#[utoipa::path(delete, operation_id = "end_silence", path = "/api/silences/{id}", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn end(caller: Caller<HandleIncidents>, Id(id): Id<SilenceId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { silences::end(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
