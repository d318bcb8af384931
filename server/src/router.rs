//! Puts the parts together: routes inside, then who asks, then what every answer gets.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use engine::verify;
use tower_http::compression::CompressionLayer;

use crate::{api, assets, auth, body, calendars, correlation, cross_site, headers, listener::ProbesOnly, pages, sessions, state::AppState};

/// Longest that a request may take: as long as one waits for a verification, and what goes before and after it.
const PATIENCE: Duration = verify::ABANDONED_AFTER.saturating_add(Duration::from_secs(30));

pub fn router(state: AppState) -> Router {
    let layer = |state: &AppState| sessions::layer(state);
    Router::new()
        .merge(api::router(state.clone()))
        .merge(pages::router(state.clone()))
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .layer(DefaultBodyLimit::max(body::MOST))
        .layer(middleware::from_fn_with_state(state.clone(), cross_site::refuse_cross_site))
        .layer(middleware::from_fn_with_state(state.clone(), auth::authenticate))
        .layer(layer(&state))
        .merge(open_routes())
        .layer(middleware::from_fn_with_state(state.clone(), answer_probes_alone))
        .layer(middleware::from_fn_with_state(state.clone(), limit_time))
        .layer(middleware::from_fn_with_state(state.clone(), pages::refused::draw))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), headers::secure))
        .layer(middleware::from_fn_with_state(state.clone(), correlation::correlate))
        .with_state(state)
}

/// For whoever asks: no session is looked up.
fn open_routes() -> Router<AppState> {
    Router::new().merge(api::health()).merge(assets::routes()).merge(calendars::routes()).method_not_allowed_fallback(pages::method_not_allowed)
}

/// Over the reserve of connections, which must not be held by anything else.
async fn answer_probes_alone(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_refused = request.extensions().get::<ProbesOnly>().is_some() && !api::PROBES.contains(&request.uri().path());
    let mut response =
        if is_refused { state.refuse_request(request.extensions(), ErrorCode::Overloaded).await.into_response() } else { next.run(request).await };
    if is_refused {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn limit_time(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let extensions = request.extensions().clone();
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => state.refuse_request(&extensions, ErrorCode::Overloaded).await.into_response(),
    }
}
