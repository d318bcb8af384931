//! `/api/severity-policy`: what P1 to P4 mean to the team.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::severity_policy::SeverityPolicy;
use engine::severity;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ManageOnCall, ReadOnCall},
    conditional,
    input::Body,
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// The team's policy, the default while it has stored none, with its version as `ETag`.
#[utoipa::path(get, operation_id = "get_severity_policy", path = "/api/severity-policy", tag = "on call",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has")),
    responses((status = OK, body = SeverityPolicy), (status = NOT_MODIFIED, description = "The client has this version"), (status = "4XX", body = Problem)))]
async fn get(caller: Caller<ReadOnCall>, headers: HeaderMap) -> Result<Response, Problem> {
    let (version, policy) = caller.call(|scope| async move { severity::get(&scope).await }).await?;
    Ok(conditional::unless_seen(&headers, version, policy))
}

/// Puts another policy in its place, over the version named in `If-Match` if there is one. What is open goes on by the one that stood when it opened.
#[utoipa::path(put, operation_id = "put_severity_policy", path = "/api/severity-policy", tag = "on call",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the policy as it was read, several, or `*`")),
    request_body = SeverityPolicy, responses((status = OK, body = SeverityPolicy), (status = "4XX", body = Problem)))]
async fn put(caller: Caller<ManageOnCall>, headers: HeaderMap, Body(policy): Body<SeverityPolicy>) -> Result<Response, Problem> {
    let (version, policy) = caller
        .call(|scope| async move {
            let seen = match conditional::if_match(&headers)? {
                Some(seen) => Some(seen.unless_stale(severity::get(&scope).await?.0)?),
                None => None,
            };
            severity::put(&scope, seen, policy).await
        })
        .await?;
    Ok(conditional::answer(StatusCode::OK, version, policy))
}
