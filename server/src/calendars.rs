//! `/calendars/{secret}.ics`: who is on call, for calendar programs, which do not sign in.

use axum::{
    Extension, Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use domain::error::ErrorCode;
use engine::{on_call::calendar, request::RequestContext};

use crate::state::AppState;

pub const PATH: &str = "/calendars/{file}";

pub fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(read))
}

async fn read(State(state): State<AppState>, Extension(context): Extension<RequestContext>, Path(file): Path<String>) -> Response {
    let console = state.console.clone();
    let text = match file.strip_suffix(".ics").map(str::to_owned) {
        Some(token) => context.run(async move { calendar::read(&console, &token).await }).await,
        None => Err(ErrorCode::RouteNotFound.into()),
    };
    match text {
        Ok(text) => ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "private, no-store")], text).into_response(),
        Err(error) => state.refuse(&context, error).await.into_response(),
    }
}
