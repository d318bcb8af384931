//! Turns a session or an API token into an [`Actor`].

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{error::ErrorCode, operator::Who, time::Timestamp};
use engine::{
    Actor, OpsError,
    access::{self, SignedIn},
    request::RequestContext,
    sessions,
};
use switchboard_app::session_data::{self, SEEN_AT};
use tower_sessions::Session;
use tracing::field;

use crate::state::AppState;

/// A session is prolonged once in this part of its idle time, so that reading a page rarely writes.
const PROLONGED_IN: u32 = 24;

/// Names the actor in the request's context. A token that is not valid is refused, whatever cookie comes with it.
pub async fn authenticate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(context) = request.extensions().get::<RequestContext>().cloned() else {
        return axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let actor = if has_bearer(request.headers()) {
        of_token(&state, &context, bearer(request.headers()).map(str::to_owned)).await
    } else {
        of_session(&state, request.extensions().get::<Session>().cloned()).await
    };
    match actor {
        Ok(actor) => {
            if let Some(actor) = &actor {
                // Only their team finds the lines of the log under its correlation ID.
                context.span.record("team", field::display(actor.team));
            }
            let context = RequestContext { actor, ..context };
            request.extensions_mut().insert(context.clone());
            let mut response = next.run(request).await;
            // Whose page it is that may take the answer's place.
            response.extensions_mut().insert(context);
            response
        }
        Err(error) => state.refuse(&context, error).await.into_response(),
    }
}

/// Whether the request means to use a token, valid or not. Other schemes may belong to a proxy in front.
pub fn has_bearer(headers: &HeaderMap) -> bool {
    headers.get_all(header::AUTHORIZATION).iter().any(|value| value.as_bytes().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer")))
}

/// The token, if there is exactly one and it could be one of ours.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (only, more) = (values.next()?, values.next());
    let (_scheme, token) = only.to_str().ok()?.split_once(' ')?;
    (more.is_none() && token.starts_with("sbt_") && token.len() <= 200).then_some(token)
}

async fn of_token(state: &AppState, context: &RequestContext, token: Option<String>) -> Result<Option<Actor>, OpsError> {
    let Some(token) = token else { return Err(ErrorCode::SignInRequired.into()) };
    let console = state.console.clone();
    context.run(async move { access::actor_of_token(&console, &token).await }).await?.map(Some).ok_or_else(|| ErrorCode::SignInRequired.into())
}

async fn of_session(state: &AppState, session: Option<Session>) -> Result<Option<Actor>, OpsError> {
    let Some(session) = session.filter(|session| session.id().is_some()) else { return Ok(None) };
    let Some(signed_in) = signed_in(&session).await? else { return Ok(None) };
    let actor = access::actor_of_session(&state.console, signed_in).await?;
    if actor.is_some() {
        prolong(state, &session).await?;
    }
    Ok(actor)
}

/// Whether `actor`, who began something at `since`, may go on with it: the session was not ended and has not run out, nobody revoked the token or
/// changed the password or the role. Looking prolongs nothing.
///
/// # Errors
/// The database failed.
pub async fn is_still(state: &AppState, actor: &Actor, session: &Session, since: Timestamp) -> Result<bool, OpsError> {
    if matches!(actor.who, Who::Operator(_)) {
        // Not logged, as streams look every few seconds; /health tells of a database that is away.
        session.load().await.map_err(|_away| ErrorCode::DatabaseUnavailable)?;
        if !signed_in(session).await?.is_some_and(|signed_in| sessions::has_time_left(&state.console, signed_in.at)) {
            return Ok(false);
        }
    }
    access::is_still(&state.console, actor, since).await
}

async fn signed_in(session: &Session) -> Result<Option<SignedIn>, OpsError> {
    session_data::signed_in(session).await.map_err(unreadable)
}

async fn prolong(state: &AppState, session: &Session) -> Result<(), OpsError> {
    let now = state.console.clock.now().as_millis() / 1_000;
    let seen_at: i64 = session.get(SEEN_AT).await.map_err(unreadable)?.unwrap_or_default();
    if now - seen_at >= i64::try_from((state.session_idle / PROLONGED_IN).as_secs()).unwrap_or(i64::MAX) {
        session.insert(SEEN_AT, now).await.map_err(unreadable)?;
    }
    Ok(())
}

fn unreadable(error: tower_sessions::session::Error) -> OpsError {
    tracing::error!(%error, "a session could not be read");
    ErrorCode::DatabaseUnavailable.into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_one_token_of_ours_counts() {
        let headers = |values: &[&'static str]| values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value))).collect::<HeaderMap>();
        assert_eq!(bearer(&headers(&["Bearer sbt_abc"])), Some("sbt_abc"));
        assert_eq!(bearer(&headers(&["bearer sbt_abc"])), Some("sbt_abc"));
        for bad in [&["Bearer"][..], &["Bearer "], &["Bearer abc"], &["Bearer sbt_a", "Bearer sbt_b"]] {
            assert!(has_bearer(&headers(bad)));
            assert_eq!(bearer(&headers(bad)), None, "{bad:?}");
        }
        assert!(!has_bearer(&headers(&["Basic abc"])));
    }
}
