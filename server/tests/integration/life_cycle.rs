//! Story of a connection by API: configured, refused, verified against a real port, activated, suspended, archived.

use domain::operator::Role;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::test_server::{TestServer, connection, problem};

async fn step(server: &TestServer, id: &str, step: &str) -> Response {
    server.by(Role::Operator, Method::POST, &format!("/api/service-connections/{id}/{step}")).send().await.expect("answer")
}

#[tokio::test]
async fn only_what_was_verified_goes_live() {
    let server = TestServer::new().await;
    let service = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let port = service.local_addr().expect("address").port();
    let created = server.post("/api/service-connections", &connection("Orders", port)).await;
    let id = created.headers()["location"].to_str().expect("text").rsplit('/').next().expect("id").to_owned();

    let early = step(&server, &id, "activate").await;
    assert_eq!(early.status(), StatusCode::CONFLICT);
    assert_eq!(problem(early).await, "verification_required");

    let verified: Value = step(&server, &id, "verify").await.json().await.expect("JSON");
    assert_eq!(verified["outcome"], "passed", "{verified}");
    assert_eq!((&verified["connection_id"], &verified["profile_version"]), (&json!(id), &json!(1)));
    assert!(verified["steps"].as_array().is_some_and(|steps| !steps.is_empty() && steps.iter().all(|step| step["latency_ms"].is_number())));

    for (act, state) in [("activate", "active"), ("suspend", "suspended"), ("resume", "active")] {
        let answer = step(&server, &id, act).await;
        assert_eq!(answer.status(), StatusCode::OK, "{act}");
        assert_eq!(answer.json::<Value>().await.expect("JSON")["state"], state);
    }
    let history = server.get(&format!("/api/service-connections/{id}/verifications")).await;
    assert_eq!(history["items"][0]["id"], verified["id"]);

    let archived = server.by(Role::Operator, Method::DELETE, &format!("/api/service-connections/{id}")).send().await.expect("answer");
    assert_eq!(archived.status(), StatusCode::OK);
    assert_eq!(problem(step(&server, &id, "verify").await).await, "connection_archived");
    assert_eq!(server.get("/api/service-connections").await["items"], json!([]));
    assert_eq!(server.get("/api/service-connections?state=archived").await["items"][0]["id"], json!(id));
}

#[tokio::test]
async fn a_failed_verification_is_an_answer() {
    let server = TestServer::new().await;
    let id = server.connection("Orders").await["id"].as_str().expect("id").to_owned();
    let answer = step(&server, &id, "verify").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let thread = answer.headers()["x-correlation-id"].to_str().expect("text").to_owned();
    let verified: Value = answer.json().await.expect("JSON");
    assert_eq!((&verified["outcome"], &verified["correlation_id"]), (&json!("failed"), &json!(thread)));
    let failed = verified["steps"].as_array().expect("steps").iter().find(|step| step["outcome"] == "failed").expect("failed step");
    for told in ["found", "why", "remediation"] {
        assert!(failed[told].as_str().is_some_and(|text| !text.is_empty()), "{failed}");
    }
}

#[tokio::test]
async fn a_name_is_taken_once_in_an_environment() {
    let server = TestServer::new().await;
    server.connection("Orders").await;
    let again = server.post("/api/service-connections", &connection("orders", 2)).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert_eq!(problem(again).await, "name_taken");
}
