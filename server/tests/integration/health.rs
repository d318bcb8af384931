//! Health from outside: sweep, watch live, acknowledge, resolve.

use std::time::Duration;

use domain::operator::Role;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use crate::test_server::{TestServer, connection, problem, read_until};

const SWEEP: &str = "/api/service-connections/heartbeat";
const INCIDENTS: &str = "/api/service-connections/incidents";

/// An active connection, and the listener that it leads to.
pub async fn watched(server: &TestServer, name: &str) -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let created: Value = server.post("/api/service-connections", &connection(name, port)).await.json().await.expect("JSON");
    let id = created["id"].as_str().expect("id").to_owned();
    for step in ["verify", "activate"] {
        let answer = server.post(&format!("/api/service-connections/{id}/{step}"), &json!({})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{step}");
    }
    (id, listener)
}

pub async fn swept(server: &TestServer) -> Value {
    let answer = server.post(SWEEP, &json!({ "connection_ids": null })).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn a_sweep_tells_its_counts_and_history_keeps_every_slot() {
    let server = TestServer::new().await;
    let (id, listener) = watched(&server, "Orders").await;
    let (other, _listener) = watched(&server, "Mail").await;
    let first = swept(&server).await;
    assert_eq!((&first["swept"], &first["passed"], &first["failed"]), (&json!(2), &json!(2), &json!(0)), "{first}");
    drop(listener);
    let only = server.post(SWEEP, &json!({ "connection_ids": [id] })).await.json::<Value>().await.expect("JSON");
    assert_eq!((&only["swept"], &only["failed"]), (&json!(1), &json!(1)), "{only}");
    let health = server.get("/api/service-connections/health").await;
    let of = |id: &str| health["items"].as_array().expect("items").iter().find(|item| item["connection_id"] == id).expect("listed").clone();
    assert_eq!((&of(&id)["status"], &of(&other)["status"]), (&json!("degraded"), &json!("healthy")));
    assert_eq!(of(&id)["consecutive_failures"], 1);
    assert!(of(&other)["last_latency_ms"].is_number() && of(&other)["open_incident_id"].is_null());
    assert_eq!(server.get("/api/service-connections/health?status=degraded").await["items"].as_array().expect("items").len(), 1);
    for resolution in ["raw", "hour", "day"] {
        let items = server.get(&format!("/api/service-connections/{id}/heartbeats?resolution={resolution}")).await["items"].clone();
        assert!(!items.as_array().expect("items").is_empty(), "{resolution}");
        // Both sweeps may have been in one second; each is told of at once all the same.
        assert!(
            resolution != "raw" || items.as_array().is_some_and(|slots| slots.len() >= 2 && slots.last().is_some_and(|slot| slot["outcome"] == "fail")),
            "{items}"
        );
    }
    let uptime = server.get(&format!("/api/service-connections/{other}/uptime")).await;
    assert_eq!(uptime["last_90d"], 100.0, "{uptime}");
    let long = format!("/api/service-connections/{id}/heartbeats?from=2020-01-01T00:00:00Z");
    assert_eq!(problem(server.by(Role::Viewer, Method::GET, &long).send().await.expect("answer")).await, "validation_failed");
}

#[tokio::test]
async fn of_a_draft_there_is_no_history_yet() {
    let server = TestServer::new().await;
    let draft: Value = server.post("/api/service-connections", &connection("Orders", 1)).await.json().await.expect("JSON");
    let id = draft["id"].as_str().expect("id");
    for resolution in ["raw", "hour", "day"] {
        assert_eq!(server.get(&format!("/api/service-connections/{id}/heartbeats?resolution={resolution}")).await, json!({ "items": [] }));
    }
    let uptime = server.get(&format!("/api/service-connections/{id}/uptime")).await;
    assert!(uptime["last_90d"].is_null() && uptime["since"].is_null(), "{uptime}");
}

#[tokio::test]
async fn an_incident_is_acknowledged_and_resolved_once() {
    let server = TestServer::new().await;
    let (id, listener) = watched(&server, "Orders").await;
    drop(listener);
    swept(&server).await;
    swept(&server).await;
    let open = server.get(&format!("{INCIDENTS}?status=open")).await["items"][0].clone();
    assert_eq!((&open["connection_id"], &open["severity"]), (&json!(id), &json!("p4")), "{open}");
    let incident = open["id"].clone();
    let act = async |action: &str, note: Value| -> Response { server.post(INCIDENTS, &json!({"incident_id": incident, "action": action, "note": note})).await };
    let acknowledged: Value = act("acknowledge", Value::Null).await.json().await.expect("JSON");
    assert_eq!(acknowledged["status"], "acknowledged");
    assert!(acknowledged["acknowledged_by"].as_str().is_some_and(|name| name.starts_with("token ")), "{acknowledged}");
    assert_eq!(act("resolve", json!("Restarted it.")).await.status(), StatusCode::OK);
    for action in ["resolve", "acknowledge", "note"] {
        let again = act(action, json!("Afterwards.")).await;
        assert_eq!(again.status(), StatusCode::CONFLICT);
        assert_eq!(problem(again).await, "incident_resolved");
    }
    let unknown = server.post(INCIDENTS, &json!({"incident_id": uuid::Uuid::now_v7(), "action": "acknowledge"})).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(problem(unknown).await, "incident_not_found");
    let whole = server.get(&format!("{INCIDENTS}/{}", incident.as_str().expect("id"))).await;
    let kinds: Vec<_> = whole["timeline"].as_array().expect("timeline").iter().map(|entry| entry["kind"].as_str().expect("kind")).collect();
    assert_eq!(kinds, ["opened", "acknowledged", "resolved"]);
    assert_eq!(server.get("/api/notifications/unread").await["unread"], 1);
}

#[tokio::test]
async fn who_read_before_the_last_news_is_told_to_read_again() {
    let server = TestServer::new().await;
    let (_, _listener) = watched(&server, "Orders").await;
    let before = server.console.clock.now().as_millis();
    swept(&server).await;
    let after = server.console.clock.now().as_millis() + 1;
    for (since, first) in [(before, "event: again\n"), (after, "event: alive\n")] {
        let mut stream = server.by(Role::Viewer, Method::GET, &format!("/api/events?since={since}")).send().await.expect("answer");
        let heard = read_until(&mut stream, "\n\n").await;
        assert!(heard.starts_with(first), "{first}: {heard}");
    }
}

#[tokio::test]
async fn whoever_listens_hears_of_heartbeats_and_incidents() {
    let server = TestServer::new().await;
    let (id, listener) = watched(&server, "Orders").await;
    let mut stream = server.by(Role::Viewer, Method::GET, "/api/events").send().await.expect("answer");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    read_until(&mut stream, ": alive").await;
    swept(&server).await;
    let heard = read_until(&mut stream, "\n\n").await;
    assert!(heard.contains("event: health\n") && heard.contains(&id) && heard.contains("\"healthy\""), "{heard}");
    drop(listener);
    swept(&server).await;
    swept(&server).await;
    let heard = read_until(&mut stream, "event: notification\n").await;
    assert!(heard.contains("event: incident\n"), "{heard}");
    server.console.stopping.cancel();
    let end = timeout(Duration::from_secs(10), async { while let Ok(Some(_)) = stream.chunk().await {} }).await;
    assert!(end.is_ok(), "a server that stops ends its streams");
}
