//! At least sixty requests that make no sense: each is refused by name, and none leaves a trace.

use domain::operator::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    malformed_requests::{Bad, requests},
    test_server::{TestServer, problem},
};

#[tokio::test]
async fn every_malformed_request_is_a_problem_and_nothing_is_stored() {
    let server = TestServer::new().await;
    let known = server.connection("Known").await;
    let id = known["id"].as_str().expect("id");
    let requests = requests(id);
    assert!(requests.len() >= 60, "{}", requests.len());
    let mut surprises = Vec::new();
    for bad in requests {
        let Bad { name, status, code, .. } = bad.clone();
        let response = bad.send(&server).await;
        let answered = response.status();
        assert!(answered.is_client_error(), "{name}: {answered}");
        let told = problem(response).await;
        if (answered.as_u16(), told.as_str()) != (status, code) {
            surprises.push(format!("{name}: {answered} {told} instead of {status} {code}"));
        }
    }
    assert_eq!(surprises, Vec::<String>::new());
    let stored = server.get("/api/service-connections?limit=200").await;
    assert_eq!(stored["items"], json!([known]), "nothing was stored or changed");
    let errors = server.get("/api/errors?service=reporter").await;
    assert_eq!(errors["items"], json!([]), "nothing was reported");
}

#[tokio::test]
async fn a_fault_names_the_field_and_keeps_the_value_to_itself() {
    let server = TestServer::new().await;
    let table = [
        (json!({"kind": "tcp", "environment": "development"}), "name"),
        (json!({"name": "a", "kind": "tcp", "environment": "moon"}), "environment"),
        (json!({"name": "a", "kind": "tcp", "environment": "development", "credential": {"password": 7_391_846}}), "credential.password"),
        (json!({"name": "a", "kind": "tcp", "environment": "development", "credential": "hunter2"}), "credential"),
        (json!({"name": "a", "kind": "tcp", "environment": "development", "heartbeat": {"speed": 1}}), "heartbeat.speed"),
        (json!({"name": "a", "kind": "tcp", "environment": "development", "settings": {"host": "h", "port": "hunter2"}}), "settings.port"),
    ];
    for (body, field) in table {
        let response = server.post("/api/service-connections", &body).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let text = response.text().await.expect("text");
        assert!(text.contains(&format!(r#""field":"{field}""#)), "{field}: {text}");
        assert!(!text.contains("hunter2") && !text.contains("7391846"), "{text}");
    }
}

#[tokio::test]
async fn a_member_that_is_given_twice_is_refused_wherever_it_stands() {
    let server = TestServer::new().await;
    let table = [
        ("/api/contacts", r#"{"name":"a","name":"b"}"#, "name"),
        ("/api/escalation-policies", r#"{"name":"a","levels":[{"after_minutes":0,"after_minutes":5,"targets":[]}]}"#, "levels[0].after_minutes"),
        ("/api/service-connections", r#"{"name":"a","kind":"tcp","environment":"development","settings":{"host":"a","host":"b","port":1}}"#, "settings.host"),
        (
            "/api/service-connections",
            r#"{"name":"a","kind":"redis","environment":"development","settings":{"host":"a"},"credential":{"password":"a","password":"hunter2"}}"#,
            "credential.password",
        ),
        ("/api/errors", r#"{"code":"E","message":"m","service":"s","severity":"error","context":{"a":1,"a":2}}"#, "context.a"),
    ];
    for (path, body, field) in table {
        let request = server.by(Role::Admin, Method::POST, path).header("content-type", "application/json").body(body);
        let answer = request.send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let told: Value = answer.json().await.expect("JSON");
        assert_eq!(told["errors"], json!([{"field": field, "message": "Is given twice."}]), "{body}");
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_from_the_order_of_checks() {
    let server = TestServer::new().await;
    for (method, path) in [(Method::POST, "/api/service-connections"), (Method::PATCH, "/api/service-connections/nonsense"), (Method::GET, "/api/errors?x=1")] {
        let response = server.anonymous(method, path).body("{").send().await.expect("answer");
        assert_eq!(problem(response).await, "sign_in_required", "{path}");
    }
    let response = server.by(Role::Viewer, Method::POST, "/api/service-connections").body("{").send().await.expect("answer");
    assert_eq!(problem(response).await, "forbidden");
}
