//! `/calendars/{secret}.ics`: who is on call, for calendar programs, which do not sign in.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use domain::error::ErrorCode;
use engine::{on_call::calendar, run_to_end};

use crate::state::AppState;

pub fn routes() -> Router<AppState> {
    Router::new().route("/calendars/{file}", get(read))
}

async fn read(State(state): State<AppState>, Path(file): Path<String>, request: Request) -> Response {
    let console = state.console.clone();
    let text = match file.strip_suffix(".ics").map(str::to_owned) {
        Some(token) => run_to_end(async move { calendar::read(&console, &token).await }).await.flatten(),
        None => Err(ErrorCode::RouteNotFound.into()),
    };
    match text {
        Ok(text) => ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "private, no-store")], text).into_response(),
        Err(error) => state.refuse_request(request.extensions(), error).await.into_response(),
    }
}
