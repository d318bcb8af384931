//! `/api/tokens`: keys for programs.

use std::time::Duration;

use axum::{Json, http::StatusCode, response::Response};
use domain::{ids::ApiTokenId, operator::ApiToken};
use engine::access::tokens::{self, NewToken, TokenEdit, USUAL_GRACE};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageTokens},
    input::{Body, Id, OptionalBody},
    once,
    paging::Page,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, edit, revoke)).routes(routes!(rotate))
}

/// A token at the one moment its secret can be seen.
#[derive(Serialize, ToSchema)]
struct IssuedToken {
    #[serde(flatten)]
    about: ApiToken,
    /// `sbt_…`, for the header `Authorization: Bearer …`.
    token: String,
}

impl From<(ApiToken, SecretString)> for IssuedToken {
    fn from((about, secret): (ApiToken, SecretString)) -> Self {
        Self { about, token: secret.expose_secret().to_owned() }
    }
}

/// The team's tokens that go no further than the caller, by name.
#[utoipa::path(get, operation_id = "list_tokens", path = "/api/tokens", tag = "tokens",
    responses((status = OK, body = Page<ApiToken>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ManageTokens>) -> Result<Json<Page<ApiToken>>, Problem> {
    let items = caller.call(|scope| async move { tokens::list(&scope).await }).await?;
    Ok(Json(Page { items, next: None }))
}

/// Makes a token that goes no further than the caller. Its secret is answered here and never again.
#[utoipa::path(post, operation_id = "create_token", path = "/api/tokens", tag = "tokens", request_body = NewToken,
    responses((status = CREATED, body = IssuedToken), (status = "4XX", body = Problem)))]
async fn create(caller: Caller<ManageTokens>, Body(new): Body<NewToken>) -> Result<Response, Problem> {
    let issued = caller.call(|scope| async move { tokens::issue(&scope, new).await }).await?;
    Ok(once::answer(StatusCode::CREATED, IssuedToken::from(issued)))
}

/// One token, without its secret.
#[utoipa::path(get, operation_id = "get_token", path = "/api/tokens/{id}", tag = "tokens", params(("id" = Uuid, Path)),
    responses((status = OK, body = ApiToken), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ManageTokens>, Id(id): Id<ApiTokenId>) -> Result<Json<ApiToken>, Problem> {
    caller.call(|scope| async move { tokens::get(&scope, id).await }).await.map(Json)
}

/// Renames a token, or changes how far it goes. Absent members stay; `null` takes a limit away.
#[utoipa::path(patch, operation_id = "edit_token", path = "/api/tokens/{id}", tag = "tokens", params(("id" = Uuid, Path)), request_body = TokenEdit,
    responses((status = OK, body = ApiToken), (status = "4XX", body = Problem)))]
async fn edit(caller: Caller<ManageTokens>, Id(id): Id<ApiTokenId>, Body(edit): Body<TokenEdit>) -> Result<Json<ApiToken>, Problem> {
    caller.call(|scope| async move { tokens::edit(&scope, id, edit).await }).await.map(Json)
}

/// Revokes a token at once: requests are refused, and streams end.
#[utoipa::path(delete, operation_id = "revoke_token", path = "/api/tokens/{id}", tag = "tokens", params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT), (status = "4XX", body = Problem)))]
async fn revoke(caller: Caller<ManageTokens>, Id(id): Id<ApiTokenId>) -> Result<StatusCode, Problem> {
    caller.call(|scope| async move { tokens::revoke(&scope, id).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TokenRotation)]
struct Rotation {
    /// How long the secret from before goes on: usually an hour, at most a week; 0 ends it at once.
    #[schema(minimum = 0, maximum = 604_800)]
    grace_seconds: Option<u32>,
}

/// Gives a token another secret, while the one it has goes on for a while.
#[utoipa::path(post, operation_id = "rotate_token", path = "/api/tokens/{id}/rotate", tag = "tokens", params(("id" = Uuid, Path)), request_body = Option<Rotation>,
    responses((status = OK, body = IssuedToken), (status = "4XX", body = Problem)))]
async fn rotate(caller: Caller<ManageTokens>, Id(id): Id<ApiTokenId>, OptionalBody(body): OptionalBody<Rotation>) -> Result<Response, Problem> {
    let grace = body.grace_seconds.map_or(USUAL_GRACE, |seconds| Duration::from_secs(seconds.into()));
    let issued = caller.call(|scope| async move { tokens::rotate(&scope, id, grace).await }).await?;
    Ok(once::answer(StatusCode::OK, IssuedToken::from(issued)))
}
