//! Who is on call over HTTP: shapes, versions, the calendar and the link of a message.

use domain::operator::Role;
use engine::notify::acknowledge_link;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    held_target::HeldTarget,
    test_server::{TestServer, problem},
};

#[tokio::test]
async fn the_severity_policy_has_its_default_and_is_put_as_a_whole() {
    for (database, server) in TestServer::both().await {
        let read = server.by(Role::Viewer, Method::GET, "/api/severity-policy").send().await.expect("answer");
        assert_eq!(read.headers()[header::ETAG].to_str().expect("a text"), "\"0\"", "{database}");
        let mut policy: Value = read.json().await.expect("JSON");
        assert_eq!(
            (&policy["p1"]["respond_minutes"], &policy["p4"]["next_business_day"], &policy["p3"]["digest"]),
            (&json!(15), &json!(true), &json!("daily"))
        );
        policy["p1"]["respond_minutes"] = json!(5);
        policy["business_hours"] = json!({"time_zone": "Europe/Berlin", "days": ["monday"], "from": "08:00", "to": "16:00", "holidays": ["2026-12-25"]});
        let put = async |seen: &str, policy: &Value| {
            server.by(Role::Admin, Method::PUT, "/api/severity-policy").header(header::IF_MATCH, seen).json(policy).send().await.expect("answer")
        };
        let stored = put("\"0\"", &policy).await;
        assert_eq!((stored.status(), stored.headers()[header::ETAG].to_str().expect("a text")), (StatusCode::OK, "\"1\""), "{database}");
        assert_eq!(stored.json::<Value>().await.expect("JSON"), policy, "{database}");
        let stale = put("\"0\"", &policy).await;
        assert_eq!((stale.status(), problem(stale).await.as_str()), (StatusCode::PRECONDITION_FAILED, "version_stale"));
        policy["business_hours"]["to"] = json!("07:00");
        let wrong = put("*", &policy).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY, "{database}");
    }
}

#[tokio::test]
async fn a_schedule_has_a_version_says_who_is_on_call_and_a_calendar_program_reads_it() {
    for (database, server) in TestServer::both().await {
        let post = async |path: &str, body: Value| server.by(Role::Admin, Method::POST, path).json(&body).send().await.expect("answer");
        let contact: Value = post("/api/contacts", json!({"name": "Ada", "email": "ada@example.org"})).await.json().await.expect("JSON");
        let added = post("/api/on-call-schedules", json!({"name": "Nights", "contact_ids": [contact["id"]], "time_zone": "Europe/Berlin"})).await;
        assert_eq!((added.status(), added.headers()[header::ETAG].to_str().expect("a text")), (StatusCode::CREATED, "\"1\""), "{database}");
        let place = added.headers()[header::LOCATION].to_str().expect("a text").to_owned();
        let now: Value = server.by(Role::Viewer, Method::GET, "/api/on-call?at=2026-06-01T00:00:00Z").send().await.expect("answer").json().await.expect("JSON");
        assert_eq!(
            (&now["items"][0]["contact"], &now["items"][0]["schedule"], &now["items"][0]["contact_id"]),
            (&json!("Ada"), &json!("Nights"), &contact["id"])
        );
        let moved =
            server.by(Role::Admin, Method::PATCH, &place).header(header::IF_MATCH, "\"1\"").json(&json!({"rotation": "daily"})).send().await.expect("answer");
        assert_eq!((moved.status(), moved.headers()[header::ETAG].to_str().expect("a text")), (StatusCode::OK, "\"2\""), "{database}");
        let wrong =
            server.by(Role::Admin, Method::PATCH, &place).header(header::IF_MATCH, "*").json(&json!({"rotation": "yearly"})).send().await.expect("answer");
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);

        let issued = post(&format!("{place}/calendar"), json!({})).await;
        assert_eq!((issued.status(), issued.headers()[header::CACHE_CONTROL].to_str().expect("a text")), (StatusCode::CREATED, "no-store"));
        let url = issued.json::<Value>().await.expect("JSON")["url"].as_str().expect("an address").to_owned();
        let path = url.find("/calendars/").map(|at| url[at..].to_owned()).expect("a path");
        let calendar = server.anonymous(Method::GET, &path).send().await.expect("answer");
        assert_eq!(calendar.headers()[header::CONTENT_TYPE].to_str().expect("a text"), "text/calendar; charset=utf-8", "{database}");
        assert!(calendar.text().await.expect("text").contains("SUMMARY:Ada is on call: Nights"));
        server.by(Role::Admin, Method::DELETE, &format!("{place}/calendar")).send().await.expect("answer");
        assert_eq!(server.anonymous(Method::GET, &path).send().await.expect("answer").status(), StatusCode::NOT_FOUND, "{database}");
    }
}

#[tokio::test]
async fn a_link_acknowledges_by_post_alone_and_without_a_sign_in() {
    for (database, server) in TestServer::both().await {
        let chat = json!({"name": "Chat", "type": "slack", "settings": {"url": "http://127.0.0.1:9/hook"}});
        server.by(Role::Admin, Method::POST, "/api/channels").json(&chat).send().await.expect("answer");
        let target = HeldTarget::start().await;
        let new = json!({
            "name": "Orders", "kind": "http", "environment": "development", "settings": {"url": target.url("a"), "auth": "bearer"},
            "credential": {"token": "secret"}, "heartbeat": {"retries": 0},
        });
        let connection: Value =
            server.by(Role::Admin, Method::POST, "/api/service-connections").json(&new).send().await.expect("answer").json().await.expect("JSON");
        let at = format!("/api/service-connections/{}", connection["id"].as_str().expect("an id"));
        for step in ["verify", "activate"] {
            server.by(Role::Admin, Method::POST, &format!("{at}/{step}")).json(&json!({})).send().await.expect("answer");
        }
        target.is_well(false);
        for _ in 0..2 {
            let sweep = json!({"connection_ids": [connection["id"]]});
            server.by(Role::Admin, Method::POST, "/api/service-connections/heartbeat").json(&sweep).send().await.expect("answer");
        }
        let deliveries: Value = server.by(Role::Admin, Method::GET, "/api/deliveries").send().await.expect("answer").json().await.expect("JSON");
        let delivery = deliveries["items"][0]["id"].as_str().expect("a delivery").parse().expect("an id");
        let path = format!("/acknowledge/{}", acknowledge_link::token(&server.console.vault, delivery).expect("a token"));
        let status = async || {
            let incidents: Value =
                server.by(Role::Viewer, Method::GET, "/api/service-connections/incidents").send().await.expect("answer").json().await.expect("JSON");
            incidents["items"][0].clone()
        };
        let page = server.anonymous(Method::GET, &path).header("accept", "text/html").send().await.expect("answer");
        assert!(page.status() == StatusCode::OK && page.text().await.expect("text").contains("Nobody has taken this incident on yet"), "{database}");
        assert_eq!(status().await["status"], "open", "{database}: reading it changes nothing");
        let token = path.rsplit('/').next().expect("a token");
        let post = server.anonymous(Method::POST, &format!("{path}?act=acknowledge_by_link")).header("sec-fetch-site", "same-origin");
        let posted = post.header("content-type", "application/x-www-form-urlencoded").body(format!("token={token}")).send().await.expect("answer");
        assert_eq!(posted.status(), StatusCode::SEE_OTHER, "{database}");
        assert_eq!(
            (status().await["status"].as_str(), status().await["acknowledged_by"].as_str()),
            (Some("acknowledged"), Some("Chat, by a link")),
            "{database}"
        );
        let again = server.anonymous(Method::GET, &path).header("accept", "text/html").send().await.expect("answer");
        assert!(again.text().await.expect("text").contains("Taken on by Chat, by a link."), "{database}");
        let made_up = server.anonymous(Method::GET, "/acknowledge/made-up").header("accept", "text/html").send().await.expect("answer");
        assert_eq!(made_up.status(), StatusCode::NOT_FOUND, "{database}");
    }
}
