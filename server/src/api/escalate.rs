//! `/api/incidents/{id}/escalate`: the next level at once, or whoever is to hear of a suspected breach.

use axum::Json;
use domain::{ids::IncidentId, incident::Incident};
use engine::escalation::{self, Escalate};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, HandleIncidents},
    input::{Id, OptionalBody},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(escalate))
}

/// Brings the next level of an incident's escalation on at once; `{"to":"security"}` reaches whoever is to hear of a suspected breach instead.
#[utoipa::path(post, operation_id = "escalate_incident", path = "/api/incidents/{id}/escalate", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = Option<Escalate>, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn escalate(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, OptionalBody(asked): OptionalBody<Escalate>) -> Result<Json<Incident>, Problem> {
    caller.call(|scope| async move { escalation::escalate(&scope, id, asked).await }).await.map(Json)
}
