//! The life of an incident over HTTP, and its post-mortem as a file.

use domain::operator::Role;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::test_server::{TestServer, problem};

async fn send(server: &TestServer, method: Method, path: &str, seen: Option<&str>, body: Value) -> Response {
    let request = server.by(Role::Operator, method, path);
    let request = match seen {
        Some(seen) => request.header(header::IF_MATCH, seen),
        None => request,
    };
    request.json(&body).send().await.expect("answer")
}

fn tag(answer: &Response) -> String {
    answer.headers()[header::ETAG].to_str().expect("a text").to_owned()
}

#[tokio::test]
async fn an_incident_is_declared_and_taken_through_its_life() {
    for (database, server) in TestServer::both().await {
        let new = json!({"summary": "Checkout is down", "severity": "p1", "environment": "production"});
        let declared = send(&server, Method::POST, "/api/incidents", None, new).await;
        assert_eq!(declared.status(), StatusCode::CREATED, "{database}");
        let place = declared.headers()[header::LOCATION].to_str().expect("a text").to_owned();
        let incident: Value = declared.json().await.expect("JSON");
        assert_eq!((&incident["status"], &incident["stage"], &incident["environment"]), (&json!("open"), &json!("open"), &json!("production")));
        assert_eq!(place, format!("/api/incidents/{}", incident["id"].as_str().expect("an id")));
        for (step, stage) in [("acknowledge", "acknowledged"), ("assess", "assessed"), ("mitigate", "mitigated"), ("resolve", "resolved")] {
            let taken = server.by(Role::Operator, Method::POST, &format!("{place}/{step}")).send().await.expect("answer");
            assert_eq!(taken.status(), StatusCode::OK, "{step} without a body on {database}");
            let taken: Value = taken.json().await.expect("JSON");
            assert_eq!(taken["stage"], stage);
            assert!(taken[format!("{stage}_at")].is_string() && taken[format!("{stage}_by")].is_string(), "{taken}");
        }
        let again = send(&server, Method::POST, &format!("{place}/mitigate"), None, json!({})).await;
        assert_eq!((again.status(), problem(again).await.as_str()), (StatusCode::CONFLICT, "incident_resolved"), "{database}");
        let silent = send(&server, Method::POST, &format!("{place}/note"), None, json!({})).await;
        assert_eq!(silent.status(), StatusCode::UNPROCESSABLE_ENTITY, "{database}");
        let listed = server.get("/api/incidents?status=resolved").await;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{database}");
        let known = server.get(&format!("/api/service-connections/incidents/{}", incident["id"].as_str().expect("an id"))).await;
        assert_eq!(known["status"], "resolved", "the address that programs know tells of the same: {database}");
    }
}

#[tokio::test]
async fn a_change_is_made_from_the_version_that_was_seen() {
    for (database, server) in TestServer::both().await {
        let declared = send(&server, Method::POST, "/api/incidents", None, json!({"summary": "Slow", "severity": "p3"})).await;
        let (seen, incident): (_, Value) = (tag(&declared), declared.json().await.expect("JSON"));
        let place = format!("/api/incidents/{}", incident["id"].as_str().expect("an id"));
        let raised = send(&server, Method::PATCH, &place, Some(&seen), json!({"severity": "p1", "reason": "Nobody can pay."})).await;
        assert_eq!(raised.status(), StatusCode::OK, "{database}");
        assert_ne!(tag(&raised), seen);
        let stale = send(&server, Method::PATCH, &place, Some(&seen), json!({"owner": "Eva"})).await;
        assert_eq!((stale.status(), problem(stale).await.as_str()), (StatusCode::PRECONDITION_FAILED, "version_stale"), "{database}");

        let post_mortem = format!("{place}/post-mortem");
        let draft = server.by(Role::Operator, Method::GET, &post_mortem).send().await.expect("answer");
        let (seen, mut draft): (_, Value) = (tag(&draft), draft.json().await.expect("JSON"));
        draft["root_cause"] = json!("The pool was too small.");
        let saved = send(&server, Method::PUT, &post_mortem, Some(&seen), draft.clone()).await;
        assert_eq!(saved.status(), StatusCode::OK, "what was read is sent back: {database}");
        let stale = send(&server, Method::PUT, &post_mortem, Some(&seen), draft).await;
        assert_eq!((stale.status(), problem(stale).await.as_str()), (StatusCode::PRECONDITION_FAILED, "version_stale"), "{database}");
        let file = server.by(Role::Viewer, Method::GET, &format!("{post_mortem}/export")).send().await.expect("answer");
        let name = file.headers()[header::CONTENT_DISPOSITION].to_str().expect("a text").to_owned();
        assert!(name.contains("-slow-") && name.ends_with(".md\""), "{name}");
        assert!(file.text().await.expect("text").contains("The pool was too small."), "{database}");
    }
}

#[tokio::test]
async fn a_day_is_signed_once_and_maintenance_is_done() {
    for (database, server) in TestServer::both().await {
        let today = server.get("/api/daily-checklists/today").await;
        let lines = today["lines"].as_array().expect("lines");
        assert!(lines.len() == 7 && today["signed_at"].is_null(), "{today}");
        let sign = async |ticked: Value| send(&server, Method::POST, "/api/daily-checklists/today", None, json!({"ticked": ticked})).await;
        assert_eq!(sign(json!(["incidents"])).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "{database}");
        let all: Value = lines.iter().map(|line| line["thing"].clone()).collect();
        assert_eq!(sign(all.clone()).await.status(), StatusCode::OK, "{database}");
        let again = sign(all).await;
        assert_eq!((again.status(), problem(again).await.as_str()), (StatusCode::CONFLICT, "checklist_signed"), "{database}");
        assert_eq!(server.get("/api/daily-checklists").await["items"].as_array().map(Vec::len), Some(1));
        let due = async || server.get("/api/maintenance-tasks").await["items"][1]["is_due"].clone();
        assert_eq!(due().await, true, "{database}");
        let done = send(&server, Method::POST, "/api/maintenance-tasks/dependency_updates/done", None, json!({"note": "All of them."})).await;
        assert_eq!((done.status(), due().await), (StatusCode::OK, json!(false)), "{database}");
        let unknown = send(&server, Method::POST, "/api/maintenance-tasks/nothing/done", None, json!({})).await;
        assert_eq!((unknown.status(), problem(unknown).await.as_str()), (StatusCode::NOT_FOUND, "maintenance_task_not_found"), "{database}");
    }
}
