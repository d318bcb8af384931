//! One thread from the answer to the operator's record.

use domain::operator::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;
use store::sealed::{self, Holder};

use crate::test_server::{TestServer, problem};

#[tokio::test]
async fn every_answer_carries_an_id_and_a_valid_one_is_kept() {
    let server = TestServer::new().await;
    for (method, path) in [(Method::GET, "/livez"), (Method::GET, "/"), (Method::GET, "/nonsense"), (Method::PUT, "/health"), (Method::POST, "/api/errors")] {
        let given = server.anonymous(method.clone(), path).header("x-correlation-id", "mine-1.2_3").send().await.expect("answer");
        assert_eq!(given.headers()["x-correlation-id"], "mine-1.2_3", "{path}");
        let minted = server.anonymous(method, path).header("x-correlation-id", "not valid!").send().await.expect("answer");
        let minted = minted.headers()["x-correlation-id"].to_str().expect("text").to_owned();
        assert!(minted.len() == 36 && !minted.contains(' '), "{minted}");
    }
}

#[tokio::test]
async fn a_fault_is_found_under_the_id_that_the_answer_shows() {
    let server = TestServer::new().await;
    let body = json!({"name": "Orders", "kind": "redis", "environment": "development", "settings": {"host": "127.0.0.1"}, "credential": {"password": "x"}});
    let created = server.post("/api/service-connections", &body).await;
    let path = created.headers()["location"].to_str().expect("text").to_owned();
    name_another_key(&server).await;
    let answer = server.by(Role::Operator, Method::POST, &format!("{path}/verify")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let id = answer.headers()["x-correlation-id"].to_str().expect("text").to_owned();
    assert_eq!(problem(answer).await, "credential_unreadable");
    let thread = server.get(&format!("/api/errors/{id}")).await;
    let event = &thread["events"][0];
    assert_eq!((&event["code"], &event["correlation_id"]), (&json!("credential_unreadable"), &json!(id)));
    assert_eq!(event["operation"], format!("POST {path}/verify"));
    assert!(event["message"].as_str().is_some_and(|message| message.contains("another master key")), "{event}");
}

/// As if what is sealed came from another console.
async fn name_another_key(server: &TestServer) {
    let db = &server.console.db;
    for row in sealed::credentials_of_other_keys(db, Holder::Connection, b"none", None, 10).await.expect("credentials") {
        let mut other = row.credential.clone();
        other[1] ^= 1;
        let mut tx = db.begin().await.expect("begun");
        assert!(sealed::rewrap_credential(&mut tx, Holder::Connection, row.id, &row.credential, &other).await.expect("changed"));
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_told_plainly() {
    let server = TestServer::new().await;
    server.console.db.close().await;
    let ready = server.anonymous(Method::GET, "/readyz").send().await.expect("answer");
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem(ready).await, "database_unavailable");
    let health = server.anonymous(Method::GET, "/health").send().await.expect("answer");
    assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health.json::<serde_json::Value>().await.expect("JSON")["checks"]["database"]["status"], "down");
    assert_eq!(server.anonymous(Method::GET, "/livez").send().await.expect("answer").status(), StatusCode::OK);
    let list = server.by(Role::Operator, Method::GET, "/api/service-connections").send().await.expect("answer");
    assert_eq!(problem(list).await, "database_unavailable");
}
