//! What a person reads whose request was refused: a page, whatever refused it, and however early. Programs read the problem itself.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::error::UserError;
use engine::request::RequestContext;
use switchboard_app::{
    action,
    form_outcome::{ActionFailure, Refusal},
};

use super::{actions, forms, render};
use crate::{body, correlation::answer_or_panic, cross_site, state::AppState};

/// Below these are programs, and what pages load.
const NO_PAGES: [&str; 3] = ["/api/", "/pkg/", action::PREFIX];
/// The one page among the routes of the API.
const REFERENCE: &str = "/api/reference";

/// Draws the page of every refusal that a browser would show. A form of ours can be sent again from it, as it was.
pub async fn draw(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let context = request.extensions().get::<RequestContext>().filter(|_| is_for_people(&request)).cloned();
    let Some(context) = context else { return next.run(request).await };
    let (asked, body) = request.into_parts();
    let run = |body| answer_or_panic(&state, &context, next.run(Request::from_parts(asked.clone(), body)));
    let act = forms::act_of(&asked.uri).filter(|_| asked.method == Method::POST && body::is_type(&asked.headers, actions::FORM));
    let (answer, posted) = match act {
        None => (run(body).await, None),
        Some(act) => match body::read(&asked.headers, body).await {
            Ok(posted) => (run(Body::from(posted.clone())).await, Some((act, posted))),
            Err(code) => (state.refuse(&context, code).await.into_response(), None),
        },
    };
    match answer.extensions().get::<UserError>().cloned() {
        Some(error) => page(state, asked, posted, answer, error).await,
        None => answer,
    }
}

/// Whether a browser would show the answer.
fn is_for_people(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    accepts.contains("text/html") && (path == REFERENCE || !NO_PAGES.iter().any(|below| path.starts_with(below)))
}

/// With the status and the headers of the answer whose place it takes.
async fn page(state: AppState, mut asked: Parts, posted: Option<(String, Bytes)>, answer: Response, error: UserError) -> Response {
    // Not what another site had a browser send: a press here would make it ours.
    let is_ours = cross_site::is_same_origin(&asked.headers, state.public_url.as_ref());
    let failure = posted.filter(|_| is_ours).map(|(act, posted)| ActionFailure::new(act, error.clone(), forms::fields_of(&posted)));
    if let Some(known) = answer.extensions().get::<RequestContext>() {
        asked.extensions.insert(known.clone());
    }
    asked.extensions.insert(Refusal(error));
    let here = forms::page_of(&asked.uri);
    let (mut drawn, body) = render(state, forms::page_request(asked, &here), failure).await.into_parts();
    let (mut told, _problem) = answer.into_parts();
    told.headers.remove(header::CONTENT_LENGTH);
    told.headers.extend(drawn.headers);
    (drawn.status, drawn.headers) = (told.status, told.headers);
    Response::from_parts(drawn, body)
}
