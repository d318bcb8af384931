//! Diagnostic runs by HTTP: begin, poll, cancel, run again, list, and take the evidence away.

use domain::operator::Role::{self, Operator, Viewer};
use engine::evidence::inspect::inspect;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    second_process::{closed_port, open_port},
    test_server::{TestServer, connection, problem},
};

const RUNS: &str = "/api/diagnostics/runs";

async fn json_of(server: &TestServer, role: Role, method: Method, path: &str, expected: StatusCode) -> Value {
    let answer = server.by(role, method, path).send().await.expect("answer");
    assert_eq!(answer.status(), expected, "{path}");
    answer.json().await.expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[tokio::test]
async fn a_run_is_accepted_polled_and_judged() {
    let server = TestServer::new().await;
    let (_listener, port) = open_port();
    let made: Value = server.post("/api/service-connections", &connection("Open", port)).await.json().await.expect("JSON");
    let answer = server.post(RUNS, &json!({"connection_ids": [made["id"]], "release": "2026.11"})).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    let begun: Value = answer.json().await.expect("JSON");
    assert_eq!(location, format!("{RUNS}/{}", text(&begun["id"])));
    assert!(begun["verdict"].is_null() && ["queued", "running"].contains(&text(&begun["status"])), "{begun}");
    let ended = server.get(&format!("{location}?wait=30")).await;
    assert_eq!((text(&ended["status"]), text(&ended["verdict"]), text(&ended["release"])), ("passed", "pass", "2026.11"));
    assert_eq!(ended["counts"], json!({"passed": 2, "warned": 0, "failed": 0, "skipped": 3}));
    assert_eq!(ended["environment"], "development");
    for result in ended["results"].as_array().expect("results") {
        assert_eq!((&result["connection_id"], &result["connection_name"]), (&made["id"], &json!("Open")));
        for member in ["scenario", "outcome", "blocking", "latency_ms", "found", "why", "remediation", "evidence_ids", "correlation_id"] {
            assert!(!result[member].is_null(), "{member}: {result}");
        }
    }
    server.post("/api/service-connections", &connection("Closed", closed_port())).await;
    let blocked: Value = server.post(&format!("{RUNS}?wait=30"), &json!({"environment": "development"})).await.json().await.expect("JSON");
    assert_eq!((text(&blocked["status"]), text(&blocked["verdict"])), ("failed", "block"));
    let failed = blocked["results"].as_array().expect("results").iter().find(|result| result["outcome"] == "failed").expect("one");
    assert!(!text(&failed["found"]).is_empty() && !text(&failed["why"]).is_empty() && !text(&failed["remediation"]).is_empty(), "{failed}");
    assert_eq!(server.get("/api/notifications").await["items"][0]["run_id"], blocked["id"], "the team is told");

    let again = json_of(&server, Operator, Method::POST, &format!("{RUNS}/{}/again", text(&blocked["id"])), StatusCode::ACCEPTED).await;
    assert_ne!(again["id"], blocked["id"]);
    let again = server.get(&format!("{RUNS}/{}?wait=30", text(&again["id"]))).await;
    assert_eq!((&again["verdict"], &again["connection_ids"]), (&blocked["verdict"], &blocked["connection_ids"]));
    let listed = server.get(&format!("{RUNS}?status=failed&environment=development&limit=1")).await;
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["counts"]), (&again["id"], &again["counts"]));
    let next = server.get(&format!("{RUNS}?status=failed&environment=development&limit=1&cursor={}", text(&listed["next"]))).await;
    assert_eq!((&next["items"][0]["id"], &next["next"]), (&blocked["id"], &Value::Null));
}

#[tokio::test]
async fn the_pack_and_each_artefact_are_files_to_save() {
    let server = TestServer::new().await;
    let nginx = json!({"name": "Web", "kind": "http", "environment": "development", "settings": {"url": format!("{}/", server.base)}});
    server.post("/api/service-connections", &nginx).await;
    // The console itself is out of reach, so this run blocks; what it saw is kept all the same.
    let (listener, port) = open_port();
    let other = json!({"name": "Mail", "kind": "tcp", "environment": "development", "settings": {"host": "127.0.0.1", "port": port}});
    server.post("/api/service-connections", &other).await;
    let run: Value = server.post(&format!("{RUNS}?wait=30"), &json!({"environment": "development"})).await.json().await.expect("JSON");
    drop(listener);
    let path = format!("{RUNS}/{}", text(&run["id"]));
    let pack = server.by(Viewer, Method::GET, &format!("{path}/evidence")).send().await.expect("answer");
    let headers = pack.headers().clone();
    assert_eq!((headers["content-type"].as_bytes(), headers["x-content-type-options"].as_bytes()), (&b"application/zip"[..], &b"nosniff"[..]));
    let disposition = headers["content-disposition"].to_str().expect("text");
    assert_eq!(disposition, format!("attachment; filename=\"evidence-{}.zip\"", text(&run["id"])));
    let found = inspect(&pack.bytes().await.expect("bytes"), Some(&server.console.signer.public_key()));
    assert!(found.is_intact() && found.run_id.as_deref() == run["id"].as_str(), "{found:?}");
    for artefact in server.get(&format!("{path}/artefacts")).await.as_array().expect("list") {
        let answer = server.by(Viewer, Method::GET, &format!("/api/diagnostics/evidence/{}", text(&artefact["id"]))).send().await.expect("answer");
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; sandbox");
        assert!(answer.headers()["content-disposition"].to_str().expect("text").starts_with("attachment; "));
        assert_eq!(engine::evidence::sha256(&answer.bytes().await.expect("bytes")), text(&artefact["sha256"]));
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_code() {
    let server = TestServer::new().await;
    let (_listener, port) = open_port();
    let silent = json!({"name": "Silent", "kind": "tcp", "environment": "development", "settings": {"host": "127.0.0.1", "port": port, "expect": "hello"}});
    server.post("/api/service-connections", &silent).await;
    for body in [
        json!({}),
        json!({"environment": "staging", "connection_ids": []}),
        json!({"environment": "staging"}),
        json!({"all": true, "scenarios": ["dances"]}),
        json!({"all": true, "release": "two\nlines"}),
    ] {
        let refused = server.post(RUNS, &body).await;
        assert_eq!((refused.status(), problem(refused).await.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"), "{body}");
    }
    let unknown = server.post(RUNS, &json!({"connection_ids": [uuid::Uuid::now_v7()]})).await;
    assert_eq!(problem(unknown).await, "connection_not_found");
    let patient = server.post(&format!("{RUNS}?wait=31"), &json!({"environment": "development"})).await;
    assert_eq!(problem(patient).await, "validation_failed");

    let run: Value = server.post(RUNS, &json!({"environment": "development"})).await.json().await.expect("JSON");
    let path = format!("{RUNS}/{}", text(&run["id"]));
    let code = async |method: Method, path: String| problem(server.by(Operator, method, &path).send().await.expect("answer")).await;
    assert_eq!(code(Method::GET, format!("{path}/evidence")).await, "run_not_finished");
    let ended = json_of(&server, Operator, Method::POST, &format!("{path}/cancel"), StatusCode::OK).await;
    assert_eq!((text(&ended["status"]), text(&ended["verdict"])), ("interrupted", "block"));
    assert_eq!(code(Method::POST, format!("{path}/cancel")).await, "run_finished");
    let absent = format!("{RUNS}/{}", uuid::Uuid::now_v7());
    for (method, path) in [(Method::GET, absent.clone()), (Method::POST, format!("{absent}/cancel")), (Method::POST, format!("{absent}/again"))] {
        assert_eq!(code(method, path).await, "run_not_found");
    }
    assert_eq!(code(Method::GET, format!("{absent}/evidence")).await, "run_not_found");
    assert_eq!(code(Method::GET, format!("/api/diagnostics/evidence/{}", uuid::Uuid::now_v7())).await, "evidence_not_found");
}

#[tokio::test]
async fn the_description_names_every_door_of_diagnostics() {
    let server = TestServer::new().await;
    let described = server.get("/api/openapi.json").await;
    let table = [
        ("/api/diagnostics/runs", "post", "202"),
        ("/api/diagnostics/runs", "get", "200"),
        ("/api/diagnostics/runs/{id}", "get", "200"),
        ("/api/diagnostics/runs/{id}/cancel", "post", "200"),
        ("/api/diagnostics/runs/{id}/again", "post", "202"),
        ("/api/diagnostics/runs/{id}/evidence", "get", "200"),
        ("/api/diagnostics/runs/{id}/artefacts", "get", "200"),
        ("/api/diagnostics/evidence/{id}", "get", "200"),
    ];
    for (path, method, status) in table {
        let operation = &described["paths"][path][method];
        assert!(operation["responses"][status].is_object() && operation["responses"]["4XX"].is_object(), "{method} {path}: {operation}");
    }
    let run = &described["components"]["schemas"]["DiagnosticTestRun"]["properties"];
    for member in ["id", "status", "verdict", "requested_by", "environment", "release", "started_at", "finished_at", "results", "counts"] {
        assert!(run[member].is_object(), "{member}");
    }
}
