//! The same request sent again, by a client that did not hear the first answer.

use domain::operator::Role;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::test_server::{TestServer, connection, problem};

const LIST: &str = "/api/service-connections";

async fn send(server: &TestServer, role: Role, key: &str, body: &Value) -> Response {
    server.by(role, Method::POST, LIST).header("idempotency-key", key).json(body).send().await.expect("answer")
}

async fn count(server: &TestServer) -> usize {
    server.get(LIST).await["items"].as_array().expect("items").len()
}

#[tokio::test]
async fn the_first_answer_is_given_again() {
    let server = TestServer::new().await;
    let first = send(&server, Role::Operator, "k1", &connection("Orders", 1)).await;
    let (location, etag) = (first.headers()["location"].clone(), first.headers()["etag"].clone());
    let body: Value = first.json().await.expect("JSON");
    let again = send(&server, Role::Operator, "k1", &connection("Orders", 1)).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!((&again.headers()["location"], &again.headers()["etag"]), (&location, &etag));
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.json::<Value>().await.expect("JSON"), body);
    assert_eq!(count(&server).await, 1);
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_actor() {
    let server = TestServer::new().await;
    send(&server, Role::Operator, "k1", &connection("Orders", 1)).await;
    let other = send(&server, Role::Operator, "k1", &connection("Users", 1)).await;
    assert_eq!(other.status(), StatusCode::CONFLICT);
    assert_eq!(problem(other).await, "idempotency_conflict");
    let someone_else = send(&server, Role::Admin, "k1", &connection("Orders", 1)).await;
    assert_eq!(problem(someone_else).await, "idempotency_conflict");
    let not_allowed = send(&server, Role::Viewer, "k2", &connection("Users", 1)).await;
    assert_eq!(problem(not_allowed).await, "forbidden");
    assert_eq!(count(&server).await, 1);
}

#[tokio::test]
async fn a_refusal_frees_the_key_for_the_corrected_request() {
    let server = TestServer::new().await;
    let refused = send(&server, Role::Operator, "k1", &json!({"name": "Orders"})).await;
    assert_eq!(problem(refused).await, "validation_failed");
    assert_eq!(send(&server, Role::Operator, "k1", &connection("Orders", 1)).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn of_many_at_once_one_is_carried_out() {
    let server = TestServer::new().await;
    let body = connection("Orders", 1);
    let answers = futures::future::join_all((0..20).map(|_| send(&server, Role::Operator, "k1", &body))).await;
    for answer in answers {
        if answer.status() != StatusCode::CREATED {
            assert_eq!(answer.status(), StatusCode::CONFLICT);
            assert_eq!(answer.headers()["retry-after"], "1");
            let body: Value = answer.json().await.expect("JSON");
            assert_eq!((&body["code"], &body["retryable"]), (&json!("idempotency_in_progress"), &json!(true)));
            assert_eq!(body["title"], body["detail"], "{body}");
        }
    }
    assert_eq!(count(&server).await, 1);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_its_request() {
    let server = TestServer::new().await;
    for n in 0..20 {
        let request = server.by(Role::Operator, Method::POST, LIST).header("idempotency-key", format!("k{n}")).json(&connection(&n.to_string(), 1));
        let _ = tokio::time::timeout(std::time::Duration::from_micros(500 * n), request.send()).await;
    }
    for n in 0..20 {
        let mut answer = send(&server, Role::Operator, &format!("k{n}"), &connection(&n.to_string(), 1)).await;
        while answer.status() == StatusCode::CONFLICT {
            answer = send(&server, Role::Operator, &format!("k{n}"), &connection(&n.to_string(), 1)).await;
        }
        assert_eq!(answer.status(), StatusCode::CREATED, "{n}");
    }
    assert_eq!(count(&server).await, 20);
}
