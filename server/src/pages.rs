//! Pages, rendered whole on the server, and the actions behind their forms and islands.

use std::borrow::Cow;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, get, on},
};
use domain::{bidi, error::ErrorCode, notification::Waiting};
use engine::{Scope, access::teams, notify, request::RequestContext};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{ResponseOptions, generate_route_list, render_app_async_with_context};
use switchboard_app::{
    authorize::{ConsoleAddress, ConsoleEnvironment, Teams},
    draft,
    form_outcome::{ActionFailure, Refusal},
    reference::ApiDescription,
    routes::App,
    shell::shell,
};

use crate::{api, assets, headers, idempotency, state::AppState};

mod actions;
mod forms;
pub mod refused;
mod require_sign_in;
pub mod single_sign_on;

pub fn router(state: AppState) -> Router<AppState> {
    // Behind the sign-in, which sends elsewhere without having done anything.
    let once = middleware::from_fn_with_state(state.clone(), idempotency::once_of_form);
    let page = get(page).post(forms::post).layer(once.clone());
    let pages = paths().into_iter().fold(Router::new(), |router, path| router.route(&path, page.clone()));
    let pages = pages.route_layer(middleware::from_fn_with_state(state.clone(), require_sign_in::admit));
    action_paths()
        .into_iter()
        .fold(pages, |router, (path, method)| router.route(&path, action_route(&method).layer(once.clone())))
        .merge(single_sign_on::routes())
        .with_state(state)
}

/// Every page, as axum writes paths.
pub fn paths() -> Vec<String> {
    generate_route_list(App).iter().map(|listing| listing.path().to_owned()).collect()
}

/// Every act with its method.
pub fn action_paths() -> Vec<(String, Method)> {
    server_fn::axum::server_fn_paths().map(|(path, method)| (path.to_owned(), method)).collect()
}

fn action_route(method: &Method) -> MethodRouter<AppState> {
    on(MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::POST), actions::run)
}

async fn page(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let unsent = forms::unsent(&state, &parts).await;
    let request = Request::from_parts(parts, body);
    let Some((session, unsent)) = unsent else { return render(state, request, None).await };
    let response = render(state, request, Some(unsent)).await;
    // Where there is another page instead, what was typed waits on.
    if response.status().is_success()
        && let Err(error) = draft::forget(&session).await
    {
        tracing::warn!(%error, "what was typed may be shown once more");
    }
    response
}

/// For an address that leads nowhere.
pub async fn not_found(State(state): State<AppState>, request: Request) -> Response {
    state.refuse_request(request.extensions(), ErrorCode::RouteNotFound).await.into_response()
}

/// For an address that is there, asked in a way it does not know.
pub async fn method_not_allowed(State(state): State<AppState>, request: Request) -> Response {
    state.refuse_request(request.extensions(), ErrorCode::MethodNotAllowed).await.into_response()
}

async fn render(state: AppState, request: Request, refused: Option<ActionFailure>) -> Response {
    let options = state.leptos.clone();
    let provide = contexts(&state, &request, refused);
    let signed_in = request.extensions().get::<RequestContext>().and_then(|context| Some((context, context.scope(&state.console)?)));
    // Of the team nothing is shown before.
    let signed_in = signed_in.filter(|(_, scope)| !scope.actor().owes_second_factor);
    let teams = teams(signed_in.clone()).await;
    let waiting = waiting(signed_in).await;
    let provide = move || {
        provide();
        provide_context(waiting);
        provide_context(teams.clone());
    };
    let render = render_app_async_with_context(provide, move || shell(assets::browser_files(), options.clone()));
    let (parts, _) = request.into_parts();
    with_visible_controls(render(Request::from_parts(parts, Body::empty())).await).await
}

/// A page, or what an island is told, with characters that turn text around written out: in names that were stored before such were refused, and
/// in whatever else a person reads. At this one place, because nobody remembers it at each name that is drawn.
async fn with_visible_controls(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let shown = match str::from_utf8(&bytes).map(bidi::visible) {
        Ok(Cow::Owned(shown)) => Body::from(shown),
        _ => Body::from(bytes),
    };
    Response::from_parts(parts, shown)
}

/// Counted beforehand, because the head of a page is written before its body is read. A page is not refused because they cannot be counted.
async fn waiting(signed_in: Option<(&RequestContext, Scope)>) -> Waiting {
    let Some((context, scope)) = signed_in else { return Waiting::default() };
    let counted = context.run(async move { notify::waiting(&scope).await }).await;
    counted.unwrap_or_else(|error| {
        tracing::warn!(%error, "what waits could not be counted");
        Waiting::default()
    })
}

/// Those that the person may switch between; a page is not refused because they cannot be read.
async fn teams(signed_in: Option<(&RequestContext, Scope)>) -> Teams {
    let Some((context, scope)) = signed_in else { return Teams::default() };
    let read = context.run(async move { teams::mine(&scope).await }).await;
    Teams(read.unwrap_or_else(|error| {
        tracing::warn!(%error, "the teams could not be read");
        Vec::new()
    }))
}

/// What pages and actions find in their context. The policy stands here because the nonce is made with the context.
fn contexts(state: &AppState, request: &Request, refused: Option<ActionFailure>) -> impl Fn() + Clone + Send + Sync + 'static {
    let console = state.console.clone();
    let environment = ConsoleEnvironment(state.environment);
    let address = ConsoleAddress(state.address_for(request.headers()));
    let context = request.extensions().get::<RequestContext>().cloned();
    let refusal = request.extensions().get::<Refusal>().cloned();
    let mark = context.as_ref().and_then(|context| draft::Mark::of(&console, context.actor.as_ref()?));
    move || {
        provide_context(console.clone());
        provide_context(environment);
        provide_context(ApiDescription(api::document()));
        provide_context(address.clone());
        if let Some(context) = &context {
            provide_context(context.clone());
        }
        if let Some(mark) = &mark {
            provide_context(mark.clone());
        }
        if let Some(refused) = &refused {
            provide_context(refused.clone());
        }
        if let Some(refusal) = &refusal {
            provide_context(refusal.clone());
        }
        let policy = use_nonce().and_then(|nonce| headers::page_policy(&nonce));
        if let (Some(response), Some(policy)) = (use_context::<ResponseOptions>(), policy) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}
