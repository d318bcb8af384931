//! The way to the identity provider and back. Links and redirects, because a form of ours leads to no other site.

use axum::{
    Extension, Router,
    extract::{Query, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use domain::{error::ErrorCode, local_path::LocalPath, operator::Who};
use engine::{
    OpsError,
    access::single_sign_on::{self as engine_sso, Journey, Returned},
    report::report,
    request::RequestContext,
};
use serde::Deserialize;
use switchboard_app::{
    session_data::{self, Visitor},
    single_sign_on::{self, CALLBACK, REFUSED, SIGN_OUT, START},
};
use tower_sessions::Session;
use url::form_urlencoded;

use crate::state::AppState;

pub const PATHS: [&str; 3] = [START, CALLBACK, SIGN_OUT];

const SIGN_IN: &str = "/sign-in";
const PROFILE: &str = "/settings/profile";

pub fn routes() -> Router<AppState> {
    Router::new().route(START, get(start)).route(CALLBACK, get(come_back)).route(SIGN_OUT, get(sign_out))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignInQuery {
    /// Where the person was going.
    next: String,
    /// To link the account of whoever is signed in.
    link: Option<String>,
}

async fn start(State(state): State<AppState>, Extension(context): Extension<RequestContext>, session: Session, headers: HeaderMap, uri: Uri) -> Response {
    let SignInQuery { next, link } = asked(&uri);
    let person = context.actor.as_ref().and_then(|actor| if let Who::Operator(id) = actor.who { Some(id) } else { None });
    if link.is_some() && person.is_none() {
        return Redirect::to(&format!("{SIGN_IN}?next={PROFILE}")).into_response();
    }
    let links = person.filter(|_| link.is_some());
    let way_back = WayBack { next: next.clone(), is_to_link: links.is_some() };
    let (console, client, return_to) = (state.console.clone(), context.client(), state.address_for(&headers) + CALLBACK);
    let begin = async move { engine_sso::begin(&console, return_to, next, links, &client).await };
    let begun = async {
        let (address, journey) = context.run(begin).await?;
        single_sign_on::keep_journey(&state.console, &session, &journey).await?;
        Ok(Redirect::to(address.as_str()).into_response())
    };
    match begun.await {
        Ok(sent) => sent,
        Err(error) => way_back.refused(&state, &context, error).await,
    }
}

async fn come_back(State(state): State<AppState>, Extension(context): Extension<RequestContext>, session: Session, headers: HeaderMap, uri: Uri) -> Response {
    let returned: Returned = asked(&uri);
    let journey = match single_sign_on::take_journey(&state.console, &session).await {
        Ok(journey) => journey,
        Err(error) => return WayBack::default().refused(&state, &context, error).await,
    };
    let way_back = journey.as_ref().map(WayBack::of).unwrap_or_default();
    let (console, client) = (state.console.clone(), context.client());
    let arrived = async {
        match journey {
            Some(journey) if journey.links.is_some() => {
                let offer = context.run(async move { engine_sso::offer(&console, journey, returned, &client).await }).await?;
                single_sign_on::keep_offer(&state.console, &session, &offer).await?;
                Ok(Redirect::to(PROFILE).into_response())
            }
            journey => {
                let person = context.run(async move { engine_sso::sign_in(&console, journey, returned, &client).await }).await?;
                session_data::remember(&session, person, Visitor::of(context.address, &headers)).await.map_err(session_data::unavailable)?;
                Ok(Redirect::to(LocalPath::or_overview(&way_back.next).as_str()).into_response())
            }
        }
    };
    match arrived.await {
        Ok(arrived) => arrived,
        Err(error) => way_back.refused(&state, &context, error).await,
    }
}

async fn sign_out(State(state): State<AppState>, Extension(context): Extension<RequestContext>, headers: HeaderMap) -> Response {
    let (console, client, return_to) = (state.console.clone(), context.client(), state.address_for(&headers) + SIGN_IN);
    let sign_out = async move { engine_sso::sign_out(&console, return_to, &client).await };
    match context.run(sign_out).await {
        Ok(address) => Redirect::to(address.as_ref().map_or(SIGN_IN, |address| address.as_str())).into_response(),
        Err(error) => WayBack::default().refused(&state, &context, error).await,
    }
}

/// Where somebody is led who was not let in.
#[derive(Default)]
struct WayBack {
    next: String,
    is_to_link: bool,
}

impl WayBack {
    fn of(journey: &Journey) -> Self {
        Self { next: journey.next.clone(), is_to_link: journey.links.is_some() }
    }

    /// The page on which they read why. The address that they came with has a code in it, and is left behind.
    async fn refused(self, state: &AppState, context: &RequestContext, error: OpsError) -> Response {
        if error.code() == ErrorCode::RouteNotFound {
            return state.refuse(context, error).await.into_response();
        }
        let code = report(&state.console, context, error).await.code.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(REFUSED, &code);
        if !self.next.is_empty() && !self.is_to_link {
            query.append_pair("next", LocalPath::or_overview(&self.next).as_str());
        }
        let page = if self.is_to_link { PROFILE } else { SIGN_IN };
        Redirect::to(&format!("{page}?{}", query.finish())).into_response()
    }
}

/// What the query says; nothing where it is none of ours.
fn asked<T: Default + for<'de> Deserialize<'de>>(uri: &Uri) -> T {
    Query::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default()
}
