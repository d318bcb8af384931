//! One thread from the answer to the operator's record.

use std::process::Command;

use axum::{Router, middleware, routing::get};
use domain::operator::Role;
use engine::background::Tasks;
use reqwest::{Method, StatusCode};
use serde_json::json;
use store::sealed::{self, Holder};
use switchboard_server::{
    correlation::correlate,
    listener::{self, Limits},
    log,
    settings::{Input, Settings},
    state::AppState,
};
use tokio::net::TcpListener;

use crate::test_server::{TestServer, problem};

#[tokio::test]
async fn every_answer_carries_an_id_and_a_valid_one_is_kept() {
    let house = TestServer::new().await;
    for (method, path) in [(Method::GET, "/livez"), (Method::GET, "/"), (Method::GET, "/nonsense"), (Method::PUT, "/health"), (Method::POST, "/api/errors")] {
        let given = house.anonymous(method.clone(), path).header("x-correlation-id", "mine-1.2_3").send().await.expect("answer");
        assert_eq!(given.headers()["x-correlation-id"], "mine-1.2_3", "{path}");
        let minted = house.anonymous(method, path).header("x-correlation-id", "not valid!").send().await.expect("answer");
        let minted = minted.headers()["x-correlation-id"].to_str().expect("text").to_owned();
        assert!(minted.len() == 36 && !minted.contains(' '), "{minted}");
    }
}

#[tokio::test]
async fn a_fault_is_found_under_the_id_that_the_answer_shows() {
    let house = TestServer::new().await;
    let body = json!({"name": "Orders", "kind": "redis", "environment": "development", "settings": {"host": "127.0.0.1"}, "credential": {"password": "x"}});
    let created = house.post("/api/service-connections", &body).await;
    let path = created.headers()["location"].to_str().expect("text").to_owned();
    name_another_key(&house).await;
    let answer = house.by(Role::Operator, Method::POST, &format!("{path}/verify")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let id = answer.headers()["x-correlation-id"].to_str().expect("text").to_owned();
    assert_eq!(problem(answer).await, "credential_unreadable");
    let thread = house.get(&format!("/api/errors/{id}")).await;
    let event = &thread["events"][0];
    assert_eq!((&event["code"], &event["correlation_id"]), (&json!("credential_unreadable"), &json!(id)));
    assert_eq!(event["operation"], format!("POST {path}/verify"));
    assert!(event["message"].as_str().is_some_and(|message| message.contains("another master key")), "{event}");
}

/// As if what is sealed came from another console.
async fn name_another_key(house: &TestServer) {
    let db = &house.console.db;
    for row in sealed::credentials_of_other_keys(db, Holder::Connection, b"none", None, 10).await.expect("credentials") {
        let mut other = row.credential.clone();
        other[1] ^= 1;
        let mut tx = db.begin().await.expect("begun");
        assert!(sealed::rewrap_credential(&mut tx, Holder::Connection, row.id, &row.credential, &other).await.expect("changed"));
        tx.commit().await.expect("committed");
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_without_what_it_says() {
    let house = TestServer::new().await;
    let settings = Settings::load(&Input::default()).settings.expect("settings");
    let state = AppState::new(house.console.clone(), &settings, Tasks::default());
    let broken = || async {
        if true {
            panic!("hunter2")
        }
    };
    let router = Router::new().route("/panic", get(broken)).layer(middleware::from_fn_with_state(state, correlate));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let address = listener.local_addr().expect("address");
    tokio::spawn(listener::serve(listener, router, Limits::default(), std::future::pending()));
    let answer = house.client.get(format!("http://{address}/panic")).header("x-correlation-id", "panic-1").send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.headers()["x-correlation-id"], "panic-1");
    let text = answer.text().await.expect("text");
    assert!(text.contains(r#""code":"internal""#) && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_database_that_is_away_is_told_plainly() {
    let house = TestServer::new().await;
    house.console.db.close().await;
    let ready = house.anonymous(Method::GET, "/readyz").send().await.expect("answer");
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem(ready).await, "database_unavailable");
    let health = house.anonymous(Method::GET, "/health").send().await.expect("answer");
    assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health.json::<serde_json::Value>().await.expect("JSON")["checks"]["database"]["status"], "down");
    assert_eq!(house.anonymous(Method::GET, "/livez").send().await.expect("answer").status(), StatusCode::OK);
    let list = house.by(Role::Operator, Method::GET, "/api/service-connections").send().await.expect("answer");
    assert_eq!(problem(list).await, "database_unavailable");
}

/// Tells the process that panics: this test once more.
const CHILD: &str = "SWITCHBOARD_TEST_PANICS";

#[tokio::test]
async fn a_panic_is_logged_by_its_place_without_what_it_says() {
    if std::env::var_os(CHILD).is_some() {
        log::start("info", None);
        log::panics();
        assert!(tokio::spawn(async { panic!("hunter2") }).await.is_err());
        return;
    }
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "--nocapture", "correlation::a_panic_is_logged_by_its_place_without_what_it_says"]).env(CHILD, "1");
    let output = tokio::task::spawn_blocking(move || child.output()).await.expect("task").expect("child");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && told.contains("\"panic\"") && told.contains("correlation.rs:"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}
