//! `ETag` and `If-Match`: nobody overwrites what they have not seen.

use domain::operator::Role;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::test_server::{TestServer, problem};

async fn patch(server: &TestServer, id: &str, tag: &str, body: &Value) -> Response {
    let request = server.by(Role::Operator, Method::PATCH, &format!("/api/service-connections/{id}"));
    request.header("if-match", tag).json(body).send().await.expect("answer")
}

#[tokio::test]
async fn an_edit_needs_the_version_it_was_made_from() {
    let server = TestServer::new().await;
    let id = server.connection("Orders").await["id"].as_str().expect("id").to_owned();
    let edited = patch(&server, &id, "\"1\"", &json!({"owner": "payments", "tags": ["eu"]})).await;
    assert_eq!(edited.status(), StatusCode::OK);
    assert_eq!(edited.headers()["etag"], "\"2\"");
    let late = patch(&server, &id, "\"1\"", &json!({"owner": "someone else"})).await;
    assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(problem(late).await, "version_stale");
    assert_eq!(server.get(&format!("/api/service-connections/{id}")).await["owner"], "payments");
}

#[tokio::test]
async fn null_clears_and_absence_keeps() {
    let server = TestServer::new().await;
    let id = server.connection("Orders").await["id"].as_str().expect("id").to_owned();
    patch(&server, &id, "\"1\"", &json!({"owner": "payments", "runbook_url": "https://example.org/", "tags": ["eu"]})).await;
    let edited: Value = patch(&server, &id, "\"2\"", &json!({"owner": null, "tags": null})).await.json().await.expect("JSON");
    assert_eq!(edited["owner"], json!(null));
    assert_eq!(edited["tags"], json!([]));
    assert_eq!(edited["runbook_url"], "https://example.org/");
}

#[tokio::test]
async fn of_many_edits_of_one_version_one_wins() {
    let server = TestServer::new().await;
    let id = server.connection("Orders").await["id"].as_str().expect("id").to_owned();
    let bodies: Vec<_> = (0..10).map(|n| json!({"owner": n.to_string()})).collect();
    let answers = futures::future::join_all(bodies.iter().map(|body| patch(&server, &id, "\"1\"", body))).await;
    let won = answers.iter().filter(|answer| answer.status() == StatusCode::OK).count();
    assert_eq!(won, 1);
    assert!(answers.iter().all(|answer| matches!(answer.status(), StatusCode::OK | StatusCode::PRECONDITION_FAILED)));
}

#[tokio::test]
async fn a_tag_that_a_proxy_weakened_a_list_and_a_star_are_understood() {
    let server = TestServer::new().await;
    let id = server.connection("Orders").await["id"].as_str().expect("id").to_owned();
    for tag in ["W/\"1\"", "\"1\", \"2\"", "*"] {
        let edited = patch(&server, &id, tag, &json!({"owner": tag})).await;
        assert_eq!(edited.status(), StatusCode::OK, "{tag}");
    }
    let late = patch(&server, &id, "W/\"1\", \"3\"", &json!({"owner": "someone else"})).await;
    assert_eq!(problem(late).await, "version_stale");
    assert_eq!(problem(patch(&server, &id, "1", &json!({})).await).await, "malformed_request");
}

#[tokio::test]
async fn who_has_this_version_is_not_sent_it_again() {
    let server = TestServer::new().await;
    let path = format!("/api/service-connections/{}", server.connection("Orders").await["id"].as_str().expect("id"));
    for (tag, status) in [("\"1\"", 304), ("W/\"1\"", 304), ("\"7\", \"1\"", 304), ("*", 304), ("\"2\"", 200), ("1", 200)] {
        let answer = server.by(Role::Viewer, Method::GET, &path).header("if-none-match", tag).send().await.expect("answer");
        assert_eq!(answer.status().as_u16(), status, "{tag}");
        assert_eq!(answer.headers()["etag"], "\"1\"");
        assert_eq!(answer.bytes().await.expect("body").is_empty(), status == 304, "{tag}");
    }
}
