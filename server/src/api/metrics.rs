//! `/metrics`: what this process counts.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::{error::ErrorCode, permission::Permission};
use engine::{OpsError, report::RequestContext};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// What this process counts, of all teams, in OpenMetrics; for `Accept: text/plain` in the text format of Prometheus. Open to anyone where the server is set so.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = OK, body = String, content_type = "application/openmetrics-text"), (status = "4XX", body = Problem)))]
async fn metrics(State(state): State<AppState>, Extension(context): Extension<RequestContext>, headers: HeaderMap) -> Result<Response, Problem> {
    let told = admit(&state, &context)
        .and_then(|()| state.metrics.tell(&state.console, &headers).map_err(|error| OpsError::Settings(format!("the metrics could not be written: {error}"))));
    match told {
        Ok((kind, text)) => Ok(([(header::CONTENT_TYPE, kind)], text).into_response()),
        Err(error) => Err(state.refuse(&context, error).await),
    }
}

/// They are of every team and every environment, and name none.
fn admit(state: &AppState, context: &RequestContext) -> Result<(), OpsError> {
    if state.metrics_are_open {
        return Ok(());
    }
    let scope = context.scope(&state.console).ok_or(ErrorCode::SignInRequired)?;
    scope.authorize(Permission::ReadHealth)?;
    scope.enter_all()
}
