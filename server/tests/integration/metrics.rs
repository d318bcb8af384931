//! `/metrics`, read by a collector that is none of ours.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use domain::operator::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::test_server::{TestServer, problem};

async fn told(server: &TestServer, accepts: &str) -> (String, String) {
    let answer = server.by(Role::Viewer, Method::GET, "/metrics").header(header::ACCEPT, accepts).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().expect("text").to_owned();
    (kind, answer.text().await.expect("text"))
}

/// Something of each sort to count.
async fn busy() -> TestServer {
    let server = TestServer::new().await;
    let connection = server.connection("Orders").await;
    server.post(&format!("/api/service-connections/{}/verify", connection["id"].as_str().expect("an id")), &json!({})).await;
    server.post("/api/diagnostics/runs?wait=30", &json!({"connection_ids": [connection["id"]]})).await;
    server.post("/api/errors", &json!({"code": "declined", "message": "no", "severity": "critical", "service": "shop"})).await;
    server.by(Role::Viewer, Method::POST, "/api/errors").send().await.expect("answer");
    server.by(Role::Viewer, Method::from_bytes(b"NONSENSE").expect("a method"), "/nowhere/at/all").send().await.expect("answer");
    server
}

#[tokio::test]
async fn what_happened_is_counted_by_what_it_was_and_how_it_ended() {
    let server = busy().await;
    let (kind, text) = told(&server, "application/openmetrics-text").await;
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    for line in [
        r#"switchboard_errors_total{code="forbidden",severity="info"} 1"#,
        r#"switchboard_reported_errors_total{severity="critical"} 1"#,
        r#"switchboard_verifications_total{kind="tcp",outcome="failed"} 1"#,
        r#"switchboard_diagnostic_runs_total{verdict="block"} 1"#,
        r#"switchboard_http_requests_total{method="POST",route="/api/service-connections/{id}/verify",status="200"} 1"#,
        r#"switchboard_http_requests_total{method="other",route="none",status="404"} 1"#,
        r#"switchboard_build{version="#,
        r#"switchboard_database_connections_most{pool="writer"} 1"#,
        r#"switchboard_open_circuits 0"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.contains(r#"switchboard_diagnostic_scenarios_total{kind="tcp",outcome="#) && text.ends_with("# EOF\n"), "{text}");
    assert!(!text.contains("Orders") && !text.contains("nowhere"), "{text}");
}

#[tokio::test]
async fn promtool_finds_nothing_wrong() {
    let (kind, text) = told(&busy().await, "text/plain").await;
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let mut promtool =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("promtool");
    promtool.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let judged = promtool.wait_with_output().expect("judged");
    let said = [judged.stdout, judged.stderr].concat();
    assert!(judged.status.success() && said.is_empty(), "{}\n{text}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn they_are_for_whoever_has_a_token_or_for_anyone_where_that_is_set() {
    let closed = TestServer::new().await;
    assert_eq!(problem(closed.anonymous(Method::GET, "/metrics").send().await.expect("answer")).await, "sign_in_required");
    let open = TestServer::with_settings(&[("metrics_open", "yes")], None).await;
    assert_eq!(open.anonymous(Method::GET, "/metrics").send().await.expect("answer").status(), StatusCode::OK);
}
