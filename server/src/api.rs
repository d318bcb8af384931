//! The HTTP API: one file a noun, and its description from the same types.

use axum::{Json, Router, middleware, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{idempotency, state::AppState};

pub mod caller;
mod connections;
mod diagnostics;
mod errors;
mod events;
mod health;
mod heartbeats;
mod incidents;
pub mod input;
mod kinds;
mod maintenance;
mod notifications;
mod paging;
mod steps;
mod version;

/// Where the description is served.
pub const DESCRIPTION: &str = "/api/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(title = "Switchboard", description = "Every error is `application/problem+json`. `Idempotency-Key` is honoured on POST."),
    modifiers(&Security),
    security(("token" = []), ("session" = []))
)]
struct Description;

struct Security;

impl Modify for Security {
    fn modify(&self, description: &mut openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("switchboard"))));
    }
}

/// Health is for whoever asks, and has no session.
pub fn health() -> Router<AppState> {
    health::router().into()
}

/// The rest, for those signed in.
pub fn router(state: AppState) -> Router<AppState> {
    let description = description();
    let (router, _) = described().split_for_parts();
    router.route_layer(middleware::from_fn_with_state(state, idempotency::once)).route(DESCRIPTION, get(async move || Json(description)))
}

/// The description as it is served.
pub fn description() -> openapi::OpenApi {
    described().merge(health::router()).split_for_parts().1
}

fn described() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(kinds::router())
        .merge(connections::router())
        .merge(steps::router())
        .merge(errors::router())
        .merge(diagnostics::router())
        .merge(notifications::router())
        .merge(heartbeats::router())
        .merge(incidents::router())
        .merge(maintenance::router())
        .merge(events::router())
}
