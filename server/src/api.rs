//! The HTTP API: one file a noun, and its description from the same types.

use std::{mem::take, sync::LazyLock};

use axum::{
    Router,
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::get,
};
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, PathItem, RefOr,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{idempotency, problem, state::AppState};

mod audit;
pub mod caller;
mod channels;
mod conditional;
mod connection_lifecycle;
mod connections;
mod contacts;
mod deliveries;
mod diagnostics;
mod error_groups;
mod errors;
mod escalate;
mod escalation_policies;
mod events;
mod example;
mod executions;
pub mod health;
mod heartbeats;
mod incident_lifecycle;
mod incidents;
pub mod input;
mod kinds;
mod maintenance;
mod metrics;
mod notifications;
mod on_call_resources;
mod on_call_schedules;
pub mod once;
mod paging;
mod post_mortems;
mod requests;
mod runbooks;
mod severity_policy;
mod silences;
mod teams;
mod today;
mod tokens;

/// What asks whether the console lives and is ready.
pub const PROBES: [&str; 3] = ["/livez", "/readyz", "/health"];

/// Where the description is served.
pub const DESCRIPTION: &str = "/api/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(title = "Switchboard", description = "Every error is `application/problem+json`. `Idempotency-Key` is honoured on POST."),
    // Only parameters refer to these, and those are not searched for schemas.
    components(schemas(domain::listing::Sort, domain::audit::AuditAct, audit::ExportFormat)),
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
    let (router, _) = described().split_for_parts();
    router.route_layer(middleware::from_fn_with_state(state, idempotency::once)).route(DESCRIPTION, get(serve_description))
}

async fn serve_description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document().to_string())
}

/// The description as JSON, with examples; made once.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut document = serde_json::to_value(description()).unwrap_or_default();
        leave_out_null_defaults(&mut document);
        example::add_all(&mut document);
        document
    });
    &DOCUMENT
}

/// A member that may be left out, and may not be `null`, has no default that is `null`.
fn leave_out_null_defaults(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let takes_null = members.get("oneOf").and_then(Value::as_array).is_some_and(|either| either.iter().any(|one| one["type"] == "null"))
                || members.get("type").and_then(Value::as_array).is_some_and(|types| types.iter().any(|one| one == "null"));
            if members.get("default") == Some(&Value::Null) && !takes_null && ["type", "oneOf", "$ref"].iter().any(|key| members.contains_key(*key)) {
                members.remove("default");
            }
            members.values_mut().for_each(leave_out_null_defaults);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_null_defaults),
        _ => {}
    }
}

/// The description as it is served.
pub fn description() -> openapi::OpenApi {
    let mut description = described().merge(health::router()).split_for_parts().1;
    for operation in description.paths.paths.values_mut().flat_map(operations) {
        requests::finish(operation);
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response {
                finish(status, response);
            }
        }
    }
    description
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.options, &mut path.head, &mut path.patch, &mut path.trace].into_iter().flatten()
}

/// What a handler need not say each time: a sentence for its status, and the media type of errors.
fn finish(status: &str, response: &mut openapi::Response) {
    if response.description.is_empty() {
        let reason = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok()).and_then(|status| status.canonical_reason());
        reason.unwrap_or("The request was refused, or could not be answered").clone_into(&mut response.description);
    }
    if status.starts_with('4') || status.starts_with('5') {
        response.content = take(&mut response.content)
            .into_iter()
            .map(|(kind, content)| (if kind == "application/json" && refers_to_problem(&content) { problem::MEDIA_TYPE.to_owned() } else { kind }, content))
            .collect();
    }
}

/// Readiness answers 503 with what is wrong where; everything else that is no success is a [`Problem`].
fn refers_to_problem(content: &RefOr<openapi::Content>) -> bool {
    matches!(content, RefOr::T(content) if matches!(&content.schema, Some(RefOr::Ref(reference)) if reference.ref_location.ends_with("/Problem")))
}

fn described() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(kinds::router())
        .merge(connections::router())
        .merge(connection_lifecycle::router())
        .merge(errors::router())
        .merge(error_groups::router())
        .merge(diagnostics::router())
        .merge(notifications::router())
        .merge(heartbeats::router())
        .merge(incidents::router())
        .merge(incident_lifecycle::router())
        .merge(post_mortems::router())
        .merge(maintenance::router())
        .merge(metrics::router())
        .merge(silences::router())
        .merge(today::router())
        .merge(audit::router())
        .merge(events::router())
        .merge(tokens::router())
        .merge(teams::router())
        .merge(channels::router())
        .merge(deliveries::router())
        .merge(runbooks::router())
        .merge(executions::router())
        .merge(severity_policy::router())
        .merge(contacts::router())
        .merge(on_call_schedules::router())
        .merge(escalation_policies::router())
        .merge(escalate::router())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::*;

    fn walk(value: &Value, at: &str, see: &mut impl FnMut(&str, &Value)) {
        see(at, value);
        match value {
            Value::Object(members) => members.iter().for_each(|(name, member)| walk(member, &format!("{at}/{}", name.replace('/', "~1")), see)),
            Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| walk(item, &format!("{at}/{n}"), see)),
            _ => {}
        }
    }

    fn described() -> Value {
        serde_json::to_value(description()).expect("JSON")
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = described();
        let mut seen = 0;
        walk(&document, "", &mut |at, value| {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').expect("within the document");
                assert!(document.pointer(pointer).is_some(), "{at}: {reference}");
                seen += 1;
            }
        });
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn every_answer_is_described_and_every_refusal_is_a_problem() {
        let mut seen = 0;
        walk(&described(), "", &mut |at, value| {
            if !at.ends_with("/responses") {
                return;
            }
            for (status, response) in value.as_object().expect("responses") {
                assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{at}/{status}");
                if status == "4XX" {
                    let kinds: Vec<_> = response["content"].as_object().expect("content").keys().collect();
                    assert_eq!(kinds, ["application/problem+json"], "{at}/{status}");
                }
                seen += 1;
            }
        });
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let mut names = BTreeSet::new();
        walk(&described(), "", &mut |at, value| {
            if let Some(name) = value.get("operationId") {
                assert!(names.insert(name.to_string()), "{at}: {name}");
            }
        });
        assert!(names.len() > 30, "{names:?}");
    }

    /// What is refused whatever stands in the database can be known beforehand.
    #[test]
    fn ids_moments_and_texts_say_what_they_may_be() {
        let document = described();
        walk(&document, "", &mut |at, value| {
            let (schema, name) = (&value["schema"], value["name"].as_str().unwrap_or_default());
            match (value["in"].as_str(), name) {
                (Some("path"), "id") | (Some("query"), "connection_id") => assert_eq!(schema["format"], "uuid", "{at}"),
                (Some("query"), "from" | "to") => assert_eq!(schema["format"], "date-time", "{at}"),
                (Some("query"), "kind" | "resolution") => assert!(schema["pattern"].is_string(), "{at}"),
                _ => {}
            }
        });
        let member = |schema: &str, member: &str| document["components"]["schemas"][schema]["properties"][member].clone();
        assert_eq!(member("NewConnection", "name")["maxLength"], 100);
        assert_eq!((&member("HeartbeatEdit", "interval_seconds")["minimum"], &member("HeartbeatEdit", "retries")["maximum"]), (&json!(5), &json!(5)));
        assert_eq!(member("IncidentActionRequest", "incident_id")["format"], "uuid");
        assert_eq!(member("Sweep", "connection_ids")["items"]["format"], "uuid");
        assert_eq!(document["components"]["schemas"]["KindId"]["pattern"], "^[a-z0-9_]{1,32}$");
    }

    /// Whatever has a version is changed from one that was seen.
    #[test]
    fn every_change_of_what_has_a_version_takes_if_match() {
        let without = ["/api/teams/{id}", "/api/teams/{id}/members/{operator_id}", "/api/tokens/{id}"];
        let document = described();
        for (path, item) in document["paths"].as_object().expect("paths").iter().filter(|(_, item)| item["patch"].is_object()) {
            let parameters = item["patch"]["parameters"].as_array().expect("parameters");
            let is_required = parameters.iter().any(|parameter| parameter["name"] == "If-Match" && parameter["required"] == true);
            assert!(is_required != without.contains(&path.as_str()), "{path}");
        }
    }

    #[test]
    fn a_default_may_be_any_json() {
        let schema = described()["components"]["schemas"]["Field"]["properties"]["default"].clone();
        assert!(schema == json!({}) || schema == json!(true), "{schema}");
    }

    #[test]
    fn bounds_that_are_kept_are_told() {
        walk(&described(), "", &mut |at, value| {
            if value["in"] == "query" && value["name"] == "limit" {
                assert_eq!((&value["schema"]["minimum"], &value["schema"]["maximum"]), (&json!(1), &json!(200)), "{at}");
            }
        });
    }
}
