//! What docs/reporting-errors.md tells other programs to do, done.

use std::{
    process::{Command, Output},
    time::Duration,
};

use axum::{Router, http::StatusCode, middleware, routing::get};
use domain::operator::Role;
use serde_json::Value;
use tokio::{
    net::TcpListener,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::{
    report_errors::{Switchboard, report_errors},
    test_server::{TestServer, client},
};

const DOCUMENT: &str = include_str!("../../../docs/reporting-errors.md");

/// The snippet in a language.
fn snippet(language: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("```{language}\n")).expect("a snippet");
    rest.split_once("```").expect("its end").0
}

/// On a thread of its own, for the server runs on this one.
async fn run(server: &TestServer, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env("SWITCHBOARD_URL", &server.base).env("SWITCHBOARD_TOKEN", server.token(Role::Operator));
    let output = spawn_blocking(move || command.output()).await.expect("joined").expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

async fn event(server: &TestServer, id: &str) -> Value {
    server.get(&format!("/api/errors/{id}")).await["events"][0].clone()
}

#[tokio::test]
async fn the_shell_reports_once() {
    let server = TestServer::new().await;
    for _ in 0..2 {
        run(&server, "sh", &["-c", snippet("sh")]).await;
    }
    let listed = server.get("/api/errors?service=nightly-backup").await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed["items"][0]["code"], "backup_failed");
}

#[tokio::test]
async fn javascript_learns_the_id_to_show() {
    let server = TestServer::new().await;
    let program = format!("{}\nconsole.log(await reportError(new TypeError('no such order'), {{ operation: 'GET /orders/7' }}));", snippet("js"));
    let told = run(&server, "node", &["--input-type=module", "--eval", &program]).await;
    let event = event(&server, String::from_utf8_lossy(&told.stdout).trim()).await;
    assert_eq!((&event["code"], &event["message"]), (&Value::from("TypeError"), &Value::from("TypeError: no such order")));
}

#[tokio::test]
async fn a_layer_of_axum_reports_what_it_answers() {
    assert!(DOCUMENT.contains(include_str!("../../../docs/report_errors.rs")), "the documentation shows another layer than the one that is tried");
    let server = TestServer::new().await;
    let switchboard =
        Switchboard { client: client(), address: format!("{}/api/errors", server.base), token: server.token(Role::Operator).into(), service: "shop" };
    let router = Router::new().route("/orders/{id}", get(async || StatusCode::BAD_GATEWAY)).layer(middleware::from_fn_with_state(switchboard, report_errors));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let shop = format!("http://{}/orders/7", listener.local_addr().expect("address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    server.client.get(shop).header("x-correlation-id", "order-7").send().await.expect("answer");
    // Nobody waits for the report.
    timeout(Duration::from_secs(10), async {
        while server.by(Role::Operator, reqwest::Method::GET, "/api/errors/order-7").send().await.expect("answer").status() != StatusCode::OK {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("a report");
    assert_eq!(event(&server, "order-7").await["operation"], "GET /orders/{id}");
}
