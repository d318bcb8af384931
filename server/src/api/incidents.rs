//! `/api/service-connections/incidents`: look, acknowledge, note, resolve, as programs have known them from the first; the whole is [`super::incident_lifecycle`].

use axum::{Json, http::Uri, response::Response};
use domain::{
    error::ErrorCode,
    ids::{IncidentId, ProfileId},
    incident::{Incident, IncidentAction, IncidentFilter, IncidentStatus},
};
use engine::incidents;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, HandleIncidents, ReadIncidents},
    input::{Body, Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, take_action)).routes(routes!(get))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    status: Option<IncidentStatus>,
    #[param(value_type = Option<Uuid>)]
    connection_id: Option<ProfileId>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The team's incidents, the newest first, without their timelines.
#[utoipa::path(get, operation_id = "list_incidents", path = "/api/service-connections/incidents", tag = "incidents", params(ListQuery),
    responses((status = OK, body = Page<Incident>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadIncidents>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    page(&caller, query, &uri).await
}

/// A page of the list, under whichever address it was asked for.
pub(super) async fn page(caller: &Caller<ReadIncidents>, query: ListQuery, uri: &Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = IncidentFilter { status: query.status, connection: query.connection_id };
        incidents::list(&scope, filter, limit, query.cursor.as_deref()).await
    };
    paging::list(caller, uri, query.limit, list).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IncidentActionRequest {
    #[schema(value_type = Uuid)]
    incident_id: IncidentId,
    action: IncidentAction,
    /// Required to note; otherwise kept beside the act.
    #[schema(min_length = 1, max_length = 2_000)]
    note: Option<String>,
    /// With `acknowledge`: every open incident of its group as well.
    #[serde(default)]
    whole_group: bool,
}

/// Acknowledges an incident, adds a note to it, or resolves it; nothing of one that is resolved, to which `/api/incidents/{id}/note` still adds.
#[utoipa::path(post, operation_id = "act_on_incident", path = "/api/service-connections/incidents", tag = "incidents", request_body = IncidentActionRequest,
    responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn take_action(caller: Caller<HandleIncidents>, Body(body): Body<IncidentActionRequest>) -> Result<Json<Incident>, Problem> {
    let acted = caller.call(|scope| async move {
        if body.action == IncidentAction::Note && incidents::get(&scope, body.incident_id).await?.status == IncidentStatus::Resolved {
            return Err(ErrorCode::IncidentResolved.into());
        }
        let incident = incidents::apply(&scope, body.incident_id, body.action, body.note.as_deref()).await?;
        if let Some(group) = incident.group_id.filter(|_| body.whole_group && body.action == IncidentAction::Acknowledge) {
            incidents::acknowledge_group(&scope, group).await?;
        }
        Ok(incident)
    });
    acted.await.map(Json)
}

/// One incident with its timeline.
#[utoipa::path(get, operation_id = "get_incident", path = "/api/service-connections/incidents/{id}", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadIncidents>, Id(id): Id<IncidentId>) -> Result<Json<Incident>, Problem> {
    caller.call(|scope| async move { incidents::get(&scope, id).await }).await.map(Json)
}
