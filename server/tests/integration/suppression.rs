//! Silences, recurring windows, dependencies and groups over HTTP, as programs meet them.

use domain::operator::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::test_server::{TestServer, problem};

async fn post(server: &TestServer, path: &str, body: Value) -> reqwest::Response {
    server.by(Role::Operator, Method::POST, path).json(&body).send().await.expect("answer")
}

/// The field that a refused request is told of.
async fn field(answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.expect("JSON");
    problem["errors"][0]["field"].as_str().unwrap_or_else(|| panic!("{problem}")).to_owned()
}

#[tokio::test]
async fn a_silence_is_made_listed_and_ended() {
    for (database, server) in TestServer::both().await {
        let made = post(&server, "/api/silences", json!({"matchers": {"tag": "payments"}, "ends_at": "2099-01-01T00:00:00Z", "reason": "We know."})).await;
        assert_eq!(made.status(), StatusCode::CREATED, "{database}");
        let silence: Value = made.json().await.expect("JSON");
        assert_eq!((&silence["matchers"]["tag"], &silence["ends_at"]), (&json!("payments"), &json!("2099-01-01T00:00:00.000Z")));
        let list: Value = server.by(Role::Viewer, Method::GET, "/api/silences").send().await.expect("answer").json().await.expect("JSON");
        assert_eq!((&list["items"][0], &list["next"]), (&silence, &Value::Null), "{database}");
        let end = async || {
            let path = format!("/api/silences/{}", silence["id"].as_str().expect("an id"));
            server.by(Role::Operator, Method::DELETE, &path).send().await.expect("answer")
        };
        assert_eq!(end().await.status(), StatusCode::NO_CONTENT, "{database}");
        let again = end().await;
        assert_eq!((again.status(), problem(again).await.as_str()), (StatusCode::NOT_FOUND, "silence_not_found"), "{database}");
        let empty = post(&server, "/api/silences", json!({"matchers": {}, "ends_at": "2099-01-01T00:00:00Z", "reason": "x"})).await;
        assert_eq!(field(empty).await, "matchers", "{database}");
    }
}

#[tokio::test]
async fn a_window_that_comes_again_says_when() {
    for (database, server) in TestServer::both().await {
        let window = json!({
            "tag": "payments", "environment": "staging", "starts_at": "2099-03-28T01:30:00Z", "duration_minutes": 60, "rrule": "FREQ=WEEKLY;BYDAY=SU",
            "time_zone": "Europe/Berlin", "reason": "Updates.",
        });
        let declared = post(&server, "/api/maintenance-windows", window.clone()).await;
        assert_eq!(declared.status(), StatusCode::CREATED, "{database}");
        let declared: Value = declared.json().await.expect("JSON");
        for (member, value) in window.as_object().expect("an object").iter().filter(|(member, _)| *member != "starts_at") {
            assert_eq!(&declared[member], value, "{database}: {member}");
        }
        // The clocks of Berlin are put on that night: 02:30 is not there, and it begins as they show 03:30.
        assert_eq!((&declared["opens_at"], &declared["closes_at"]), (&json!("2099-03-29T01:30:00.000Z"), &json!("2099-03-29T02:30:00.000Z")), "{database}");
        for (member, value) in [("rrule", json!("FREQ=HOURLY")), ("time_zone", json!("Berlin")), ("duration_minutes", json!(99_999))] {
            let mut wrong = window.clone();
            wrong[member] = value;
            assert_eq!(field(post(&server, "/api/maintenance-windows", wrong).await).await, member, "{database}");
        }
    }
}

#[tokio::test]
async fn what_a_connection_depends_on_is_a_member_of_it() {
    for (database, server) in TestServer::both().await {
        let create = async |name: &str| -> Value {
            let new = json!({"name": name, "kind": "tcp", "environment": "development", "settings": {"host": "127.0.0.1", "port": 9}});
            post(&server, "/api/service-connections", new).await.json().await.expect("JSON")
        };
        let (orders, ledger) = (create("Orders").await, create("Ledger").await);
        let edit = async |of: &Value, on: &Value| {
            let path = format!("/api/service-connections/{}", of["id"].as_str().expect("an id"));
            let edit = json!({"depends_on": [on["id"]]});
            server.by(Role::Operator, Method::PATCH, &path).header(header::IF_MATCH, "*").json(&edit).send().await.expect("answer")
        };
        let edited: Value = edit(&orders, &ledger).await.json().await.expect("JSON");
        assert_eq!((&edited["depends_on"], &edited["version"]), (&json!([ledger["id"]]), &json!(2)), "{database}");
        assert_eq!(field(edit(&ledger, &orders).await).await, "depends_on", "{database}");
    }
}
