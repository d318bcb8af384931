//! `/api/teams`: the team one is in, its members, and invitations into it.

use std::str::FromStr;

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, StatusCode, request::Parts},
    response::Response,
};
use domain::{
    error::ErrorCode,
    ids::{InvitationId, OperatorId, TeamId},
    operator::{Invitation, Operator, Role, Team},
    time::Timestamp,
};
use engine::access::{
    invitations::{self, mail::Mailed},
    members,
    teams::{self, NewTeam, TeamEdit},
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageOperators, ReadTeam},
    input::{self, Body, Id},
    once,
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, edit))
        .routes(routes!(list_members))
        .routes(routes!(set_role, remove))
        .routes(routes!(list_invitations, invite))
        .routes(routes!(withdraw))
}

/// The ids of a team and of something in it.
struct InTeam<T>(TeamId, T);

impl<T: FromStr + Send> FromRequestParts<AppState> for InTeam<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (team, thing) = texts.map(|Path(texts)| texts).unwrap_or_default();
        match input::id(&team).zip(input::id(&thing)) {
            Some((team, thing)) => Ok(Self(team, thing)),
            None => Err(state.refuse_request(&parts.extensions, ErrorCode::RouteNotFound).await),
        }
    }
}

/// The teams that the caller belongs to, by name; of a token, its own.
#[utoipa::path(get, operation_id = "list_teams", path = "/api/teams", tag = "teams",
    responses((status = OK, body = Page<Team>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadTeam>) -> Result<Json<Page<Team>>, Problem> {
    let items = caller.call(|scope| async move { teams::mine(&scope).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Makes a team, which the person who asks leads.
#[utoipa::path(post, operation_id = "create_team", path = "/api/teams", tag = "teams", request_body = NewTeam,
    responses((status = CREATED, body = Team), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageOperators>, Body(new): Body<NewTeam>) -> Result<(StatusCode, Json<Team>), Problem> {
    let team = caller.call(|scope| async move { teams::create(&scope, new).await }).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

/// The team that the caller is in.
#[utoipa::path(get, operation_id = "get_team", path = "/api/teams/{id}", tag = "teams", params(("id" = Uuid, Path)),
    responses((status = OK, body = Team), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadTeam>, Id(id): Id<TeamId>) -> Result<Json<Team>, Problem> {
    caller.call(|scope| async move { teams::get(&scope, id).await }).await.map(Json)
}

/// Renames the team that the caller is in. Absent members stay.
#[utoipa::path(patch, operation_id = "edit_team", path = "/api/teams/{id}", tag = "teams", params(("id" = Uuid, Path)), request_body = TeamEdit,
    responses((status = OK, body = Team), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageOperators>, Id(id): Id<TeamId>, Body(edit): Body<TeamEdit>) -> Result<Json<Team>, Problem> {
    caller.call(|scope| async move { teams::edit(&scope, id, edit).await }).await.map(Json)
}

/// Who belongs to the team.
#[utoipa::path(get, operation_id = "list_members", path = "/api/teams/{id}/members", tag = "teams", params(("id" = Uuid, Path)),
    responses((status = OK, body = Page<Operator>), (status = "4XX", body = Problem)))]
async fn list_members(caller: Caller<ReadTeam>, Id(id): Id<TeamId>) -> Result<Json<Page<Operator>>, Problem> {
    let items = caller.call(|scope| async move {
        teams::get(&scope, id).await?;
        members::list(&scope).await
    });
    Ok(Json(Page { items: items.await?, next: None }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberEdit {
    role: Role,
}

/// Gives someone another role; their sessions in the team end.
#[utoipa::path(patch, operation_id = "edit_member", path = "/api/teams/{id}/members/{operator_id}", tag = "teams",
    params(("id" = Uuid, Path), ("operator_id" = Uuid, Path)), request_body = MemberEdit,
    responses((status = OK, body = Operator), (status = "4XX", body = Problem)))]
async fn set_role(caller: Caller<ManageOperators>, InTeam(team, id): InTeam<OperatorId>, Body(edit): Body<MemberEdit>) -> Result<Json<Operator>, Problem> {
    let changed = caller.call(|scope| async move {
        teams::get(&scope, team).await?;
        members::set_role(&scope, id, edit.role).await
    });
    changed.await.map(Json)
}

/// Takes someone out of the team; their sessions in it end, and the tokens they made are revoked.
#[utoipa::path(delete, operation_id = "remove_member", path = "/api/teams/{id}/members/{operator_id}", tag = "teams",
    params(("id" = Uuid, Path), ("operator_id" = Uuid, Path)), responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn remove(caller: Caller<ManageOperators>, InTeam(team, id): InTeam<OperatorId>) -> Result<StatusCode, Problem> {
    let removed = caller.call(|scope| async move {
        teams::get(&scope, team).await?;
        members::remove(&scope, id).await
    });
    removed.await.map(|()| StatusCode::NO_CONTENT)
}

/// Invitations that can still be used, without their links.
#[utoipa::path(get, operation_id = "list_invitations", path = "/api/teams/{id}/invitations", tag = "teams", params(("id" = Uuid, Path)),
    responses((status = OK, body = Page<Invitation>), (status = "4XX", body = Problem)))]
async fn list_invitations(caller: Caller<ManageOperators>, Id(id): Id<TeamId>) -> Result<Json<Page<Invitation>>, Problem> {
    let items = caller.call(|scope| async move {
        teams::get(&scope, id).await?;
        invitations::list(&scope).await
    });
    Ok(Json(Page { items: items.await?, next: None }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitation {
    #[schema(max_length = 254)]
    email: String,
    role: Role,
}

/// An invitation at the one moment its link can be seen.
#[derive(Serialize, ToSchema)]
struct Invited {
    #[schema(value_type = Uuid)]
    id: InvitationId,
    email: String,
    role: Role,
    /// Works once.
    url: String,
    /// What became of the mail with the link; `null` where the console has no mail server.
    mail: Option<Mailed>,
    expires_at: Timestamp,
}

/// Invites someone by a link, which is answered here and never again, and sent by mail where the console has a mail server. An earlier invitation of the same address ends.
#[utoipa::path(post, operation_id = "invite", path = "/api/teams/{id}/invitations", tag = "teams", params(("id" = Uuid, Path)),
    request_body = NewInvitation, responses((status = CREATED, body = Invited), (status = "4XX", body = Problem)))]
async fn invite(
    caller: Caller<ManageOperators>,
    State(state): State<AppState>,
    Id(id): Id<TeamId>,
    headers: HeaderMap,
    Body(new): Body<NewInvitation>,
) -> Result<Response, Problem> {
    let invited = caller.call(|scope| async move {
        teams::get(&scope, id).await?;
        let (invitation, token) = invitations::invite(&scope, &new.email, new.role).await?;
        let mailed = invitations::mail::send(&scope, &invitation, &token).await?;
        Ok((invitation, token, mailed))
    });
    let (Invitation { id, email, role, expires_at, .. }, token, mail) = invited.await?;
    let url = format!("{}/invitations/{}", state.address_for(&headers), token.expose_secret());
    Ok(once::answer(StatusCode::CREATED, Invited { id, email, role, url, mail, expires_at }))
}

/// Takes an invitation back.
#[utoipa::path(delete, operation_id = "withdraw_invitation", path = "/api/teams/{id}/invitations/{invitation_id}", tag = "teams",
    params(("id" = Uuid, Path), ("invitation_id" = Uuid, Path)), responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn withdraw(caller: Caller<ManageOperators>, InTeam(team, id): InTeam<InvitationId>) -> Result<StatusCode, Problem> {
    let withdrawn = caller.call(|scope| async move {
        teams::get(&scope, team).await?;
        invitations::withdraw(&scope, id).await
    });
    withdrawn.await.map(|()| StatusCode::NO_CONTENT)
}
