//! Puts the parts together: routes inside, then who asks, then what every answer gets.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::error::ErrorCode;
use tower_http::compression::CompressionLayer;

use crate::{api, assets, auth, body, correlation, cross_site, headers, pages, sessions, state::AppState};

/// Longest that a request may take; a verification takes 25 s at most.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn router(state: AppState) -> Router {
    let layer = |state: &AppState| sessions::layer(state.console.clone(), state.is_secure);
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
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), headers::secure))
        .layer(middleware::from_fn_with_state(state.clone(), limit_time))
        .layer(middleware::from_fn_with_state(state.clone(), correlation::correlate))
        .with_state(state)
}

/// For whoever asks: no session is looked up.
fn open_routes() -> Router<AppState> {
    Router::new().merge(api::health()).merge(assets::routes()).method_not_allowed_fallback(pages::method_not_allowed)
}

async fn limit_time(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let extensions = request.extensions().clone();
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => state.refuse_request(&extensions, ErrorCode::Overloaded).await.into_response(),
    }
}
