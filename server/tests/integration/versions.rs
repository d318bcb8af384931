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
async fn a_change_without_a_version_is_refused_and_one_of_an_old_version_too() {
    let server = TestServer::new().await;
    let table = [
        ("/api/contacts", json!({"name": "Ada"}), json!({"name": "Eva"})),
        ("/api/escalation-policies", json!({"name": "Ours", "levels": [{"after_minutes": 0}]}), json!({"name": "Theirs"})),
        ("/api/channels", json!({"name": "Chat", "type": "slack", "settings": {"url": "http://127.0.0.1:9/hook"}}), json!({"name": "Talk"})),
        ("/api/runbooks", json!({"yaml": "name: A\nsteps: [{ title: A, do: manual }]\n"}), json!({"name": "B"})),
        ("/api/incidents", json!({"summary": "Slow", "severity": "p3"}), json!({"owner": "Eva"})),
    ];
    for (list, new, change) in table {
        let made: Value = server.by(Role::Admin, Method::POST, list).json(&new).send().await.expect("answer").json().await.expect("JSON");
        let place = format!("{list}/{}", made["id"].as_str().unwrap_or_else(|| panic!("{made}")));
        let edit = || server.by(Role::Admin, Method::PATCH, &place).json(&change);
        let blind = edit().send().await.expect("answer");
        assert_eq!((blind.status(), problem(blind).await.as_str()), (StatusCode::PRECONDITION_REQUIRED, "precondition_required"), "{list}");
        let stale = edit().header("if-match", "\"99\"").send().await.expect("answer");
        assert_eq!((stale.status(), problem(stale).await.as_str()), (StatusCode::PRECONDITION_FAILED, "version_stale"), "{list}");
        assert_eq!(edit().header("if-match", "\"1\"").send().await.expect("answer").status(), StatusCode::OK, "{list}");
    }
}

#[tokio::test]
async fn what_cannot_be_cleared_is_told_by_name() {
    let server = TestServer::new().await;
    let id = server.connection("Orders").await["id"].as_str().expect("id").to_owned();
    for member in ["name", "environment", "settings"] {
        let refused = patch(&server, &id, "\"1\"", &json!({ member: null })).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{member}");
        assert_eq!(refused.json::<Value>().await.expect("JSON")["errors"][0]["field"], member);
    }
    let wrong = [
        ("/api/runbooks", json!({"yaml": "name: A\nsteps: [{ title: A, do: manual }]\n"}), "name"),
        ("/api/incidents", json!({"summary": "Slow", "severity": "p3"}), "severity"),
        ("/api/tokens", json!({"name": "ci", "role": "viewer"}), "role"),
    ];
    for (list, new, member) in wrong {
        let made: Value = server.by(Role::Admin, Method::POST, list).json(&new).send().await.expect("answer").json().await.expect("JSON");
        let place = format!("{list}/{}", made["id"].as_str().expect("an id"));
        let edit = server.by(Role::Admin, Method::PATCH, &place).header("if-match", "*").json(&json!({ member: null })).send().await.expect("answer");
        assert_eq!((edit.status(), edit.json::<Value>().await.expect("JSON")["errors"][0]["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(member)));
    }
    assert_eq!(server.get(&format!("/api/service-connections/{id}")).await["version"], 1, "nothing has changed");
}

#[tokio::test]
async fn null_clears_one_secret_and_keeps_the_others() {
    let server = TestServer::new().await;
    let settings = json!({"endpoint": "http://127.0.0.1:1", "region": "eu", "bucket": "b"});
    let new = json!({"name": "Files", "kind": "s3", "environment": "development", "settings": settings,
        "credential": {"access_key_id": "a", "secret_access_key": "b"}});
    let made: Value = server.post("/api/service-connections", &new).await.json().await.expect("JSON");
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let one = patch(&server, id, "\"1\"", &json!({"credential": {"secret_access_key": null}})).await;
    assert_eq!(
        (one.status(), &one.json::<Value>().await.expect("JSON")["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("credential.secret_access_key"))
    );
    let unknown = patch(&server, id, "\"1\"", &json!({"credential": {"nonsense": null}})).await;
    assert_eq!(unknown.json::<Value>().await.expect("JSON")["errors"][0]["field"], "credential.nonsense");

    let new = json!({"name": "Cache", "kind": "redis", "environment": "development", "settings": {"host": "127.0.0.1"}, "credential": {"password": "p"}});
    let made: Value = server.post("/api/service-connections", &new).await.json().await.expect("JSON");
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let kept: Value = patch(&server, id, "\"1\"", &json!({"credential": {"password": ""}})).await.json().await.expect("JSON");
    assert_eq!(kept["has_credential"], true, "{kept}");
    let cleared: Value = patch(&server, id, "\"2\"", &json!({"credential": {"password": null}})).await.json().await.expect("JSON");
    assert_eq!((&cleared["has_credential"], &cleared["state"], &cleared["version"]), (&json!(false), &json!("draft"), &json!(3)), "{cleared}");
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
