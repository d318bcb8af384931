//! `/api/incidents`: declare, acknowledge, assess, mitigate, note, resolve, merge, split, and how far an incident reaches.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use domain::{
    blast_radius::BlastRadius,
    ids::IncidentId,
    incident::{Incident, IncidentAction},
};
use engine::incidents::{
    self,
    blast_radius::blast_radius,
    declare::{self, NewIncident},
    edit::{self, IncidentEdit},
    related,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, HandleIncidents, ReadIncidents},
    conditional,
    incidents::{ListQuery, page},
    input::{Body, Id, OptionalBody, Query},
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change))
        .routes(routes!(acknowledge))
        .routes(routes!(assess))
        .routes(routes!(mitigate))
        .routes(routes!(resolve))
        .routes(routes!(note))
        .routes(routes!(merge))
        .routes(routes!(split))
        .routes(routes!(reach))
}

/// The team's incidents, the newest first, without their time lines.
#[utoipa::path(get, operation_id = "list_all_incidents", path = "/api/incidents", tag = "incidents", params(ListQuery),
    responses((status = OK, body = Page<Incident>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadIncidents>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    page(&caller, query, &uri).await
}

/// Declares an incident, which ends by a person alone.
#[utoipa::path(post, operation_id = "declare_incident", path = "/api/incidents", tag = "incidents", request_body = NewIncident,
    responses((status = CREATED, body = Incident), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<HandleIncidents>, Body(new): Body<NewIncident>) -> Result<Response, Problem> {
    let incident = caller.call(|scope| async move { declare::declare(&scope, new).await }).await?;
    Ok(conditional::created(&format!("/api/incidents/{}", incident.id), incident.version, incident))
}

/// One incident with its time line, and its version as `ETag`.
#[utoipa::path(get, operation_id = "read_incident", path = "/api/incidents/{id}", tag = "incidents",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = Incident), (status = NOT_MODIFIED, description = "The client has this version"), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadIncidents>, Id(id): Id<IncidentId>, headers: HeaderMap) -> Result<Response, Problem> {
    let incident = caller.call(|scope| async move { incidents::get(&scope, id).await }).await?;
    Ok(conditional::unless_seen(&headers, incident.version, incident))
}

/// Changes who has the incident, or how urgent it is, which takes a reason; from the version named in `If-Match`.
#[utoipa::path(patch, operation_id = "edit_incident", path = "/api/incidents/{id}", tag = "incidents",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The `ETag` of the incident as it was read, several, or `*`")),
    request_body = IncidentEdit,
    responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn change(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, headers: HeaderMap, Body(wanted): Body<IncidentEdit>) -> Result<Response, Problem> {
    let incident = caller
        .call(|scope| async move {
            let seen = conditional::required(&headers)?.unless_stale(incidents::get(&scope, id).await?.version)?;
            edit::edit(&scope, id, Some(seen), wanted).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, incident.version, incident))
}

/// What is said beside a step.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct IncidentStep {
    /// Required to note; elsewhere an empty one is none.
    #[schema(max_length = 2_000)]
    note: Option<String>,
}

async fn step(caller: &Caller<HandleIncidents>, id: IncidentId, action: IncidentAction, said: IncidentStep) -> Result<Response, Problem> {
    let incident = caller.call(|scope| async move { incidents::apply(&scope, id, action, said.note.as_deref()).await }).await?;
    Ok(conditional::answer(StatusCode::OK, incident.version, incident))
}

/// Takes it on. The first one counts.
#[utoipa::path(post, operation_id = "acknowledge_incident", path = "/api/incidents/{id}/acknowledge", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = Option<IncidentStep>, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn acknowledge(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, OptionalBody(said): OptionalBody<IncidentStep>) -> Result<Response, Problem> {
    step(&caller, id, IncidentAction::Acknowledge, said).await
}

/// Says that it is known how far it reaches. It is acknowledged with that, if nobody has.
#[utoipa::path(post, operation_id = "assess_incident", path = "/api/incidents/{id}/assess", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = Option<IncidentStep>, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn assess(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, OptionalBody(said): OptionalBody<IncidentStep>) -> Result<Response, Problem> {
    step(&caller, id, IncidentAction::Assess, said).await
}

/// Says that it hurts nobody any more. It is acknowledged with that, if nobody has.
#[utoipa::path(post, operation_id = "mitigate_incident", path = "/api/incidents/{id}/mitigate", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = Option<IncidentStep>, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn mitigate(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, OptionalBody(said): OptionalBody<IncidentStep>) -> Result<Response, Problem> {
    step(&caller, id, IncidentAction::Mitigate, said).await
}

/// Ends it, with what is merged into it.
#[utoipa::path(post, operation_id = "resolve_incident", path = "/api/incidents/{id}/resolve", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = Option<IncidentStep>, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn resolve(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, OptionalBody(said): OptionalBody<IncidentStep>) -> Result<Response, Problem> {
    step(&caller, id, IncidentAction::Resolve, said).await
}

/// Adds a line to its time line, also afterwards.
#[utoipa::path(post, operation_id = "note_incident", path = "/api/incidents/{id}/note", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = Option<IncidentStep>, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn note(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, OptionalBody(said): OptionalBody<IncidentStep>) -> Result<Response, Problem> {
    step(&caller, id, IncidentAction::Note, said).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MergeInto {
    /// The incident that goes on.
    #[schema(value_type = Uuid)]
    into: IncidentId,
}

/// Makes it a part of another incident; both time lines stay.
#[utoipa::path(post, operation_id = "merge_incident", path = "/api/incidents/{id}/merge", tag = "incidents", params(("id" = Uuid, Path)),
    request_body = MergeInto, responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn merge(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>, Body(body): Body<MergeInto>) -> Result<Response, Problem> {
    let incident = caller.call(|scope| async move { related::merge(&scope, id, body.into).await }).await?;
    Ok(conditional::answer(StatusCode::OK, incident.version, incident))
}

/// Makes it an incident of its own again.
#[utoipa::path(post, operation_id = "split_incident", path = "/api/incidents/{id}/split", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = OK, body = Incident), (status = "4XX", body = Problem)))]
async fn split(caller: Caller<HandleIncidents>, Id(id): Id<IncidentId>) -> Result<Response, Problem> {
    let incident = caller.call(|scope| async move { related::split(&scope, id).await }).await?;
    Ok(conditional::answer(StatusCode::OK, incident.version, incident))
}

/// What fails since five minutes before it opened, by environment, owner, tag and host; what changed in the hour before; errors with their counts.
#[utoipa::path(get, operation_id = "read_blast_radius", path = "/api/incidents/{id}/blast-radius", tag = "incidents", params(("id" = Uuid, Path)),
    responses((status = OK, body = BlastRadius), (status = "4XX", body = Problem)))]
async fn reach(caller: Caller<ReadIncidents>, Id(id): Id<IncidentId>) -> Result<Json<BlastRadius>, Problem> {
    caller.call(|scope| async move { blast_radius(&scope, id).await }).await.map(Json)
}
