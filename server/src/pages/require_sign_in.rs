//! Sends strangers from a page to the sign-in, and whoever owes their team a second factor to where it is set up; remembers where they were going, and what
//! they had typed.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use engine::report::RequestContext;
use switchboard_app::SECOND_FACTOR;
use url::form_urlencoded;

use super::forms::{self, asks_for_json};
use crate::state::AppState;

/// Pages for those who are not signed in.
const OPEN: [&str; 3] = ["/setup", "/sign-in", "/sign-in/code"];
/// And these with a token behind it.
const WITH_TOKEN: [&str; 2] = ["/invitations/", "/acknowledge/"];

pub async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let actor = request.extensions().get::<RequestContext>().and_then(|context| context.actor.as_ref());
    // The browser part reads JSON: it is told by the server function itself that a sign-in is needed.
    let is_script = request.method() == Method::POST && asks_for_json(request.headers());
    let path = request.uri().path();
    if is_script || OPEN.contains(&path) || WITH_TOKEN.iter().any(|open| path.starts_with(open)) {
        return next.run(request).await;
    }
    let way = match actor {
        Some(actor) if !actor.owes_second_factor || path == SECOND_FACTOR => return next.run(request).await,
        Some(_) => SECOND_FACTOR.to_owned(),
        None => sign_in(&forms::page_of(request.uri())),
    };
    if request.method() == Method::POST {
        forms::keep_unsent(&state, request).await;
    }
    Redirect::to(&way).into_response()
}

fn sign_in(next: &str) -> String {
    if next == "/" {
        return "/sign-in".into();
    }
    format!("/sign-in?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish())
}

#[cfg(test)]
mod tests {
    use super::sign_in;

    #[test]
    fn the_way_back_is_kept() {
        assert_eq!(sign_in("/"), "/sign-in");
        assert_eq!(sign_in("/operations/errors?q=a&b"), "/sign-in?next=%2Foperations%2Ferrors%3Fq%3Da%26b");
    }
}
