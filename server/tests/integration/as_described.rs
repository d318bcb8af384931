//! The API does what its description says: schemathesis makes requests of the description, those that fit and those that do not, and judges each answer.

use std::{env, process::Command};

use domain::operator::Role;
use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::{services::services, test_server::TestServer};

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis.toml");
/// Cases of each operation. `SWITCHBOARD_API_CASES` asks for more, which are then made in every way that there is: ten took four minutes.
const CASES: &str = "4";

/// Something to be found of what is asked about most.
async fn seed(server: &TestServer) {
    let orders = server.connection("Orders").await;
    for (path, body) in [
        ("/api/incidents", json!({"title": "Orders are late", "severity": "p3", "environment": "development"})),
        ("/api/errors", json!({"code": "E1", "message": "It broke.", "severity": "error", "service": "shop"})),
        ("/api/diagnostics/runs", json!({"connection_ids": [orders["id"]]})),
    ] {
        let answer = server.post(path, &body).await;
        assert!(answer.status().is_success() || answer.status() == StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.status());
    }
}

/// Tries every operation but those that the rules leave out, as whoever has the token or as a stranger.
async fn judge(server: &TestServer, token: Option<&str>) {
    let folder = TempDir::new().expect("folder");
    let asked = env::var("SWITCHBOARD_API_CASES").ok();
    let phases = if asked.is_some() { "examples,coverage,fuzzing,stateful" } else { "examples,fuzzing" };
    let cases = asked.as_deref().unwrap_or(CASES);
    let mut command = Command::new(&services().python);
    command.args(["-m", "schemathesis.cli", "--config-file", RULES, "run", &format!("{}/api/openapi.json", server.base)]);
    command.args(["--checks", "all", "--phases", phases, "--max-examples", cases, "--seed", "7", "--no-shrink", "--continue-on-failure"]);
    command.args(["--suppress-health-check", "all", "--request-timeout", "40", "--generation-database", "none", "--warnings", "off", "--no-color"]);
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    command.current_dir(folder.path());
    let judged = spawn_blocking(move || command.output()).await.expect("waited").expect("started");
    let said = String::from_utf8_lossy(&judged.stdout).into_owned();
    println!("{said}");
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    assert!(said.contains("Tested: "), "nothing was tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_does_as_it_is_described() {
    let server = TestServer::new().await;
    seed(&server).await;
    judge(&server, Some(server.token(Role::Admin))).await;
    judge(&server, None).await;
}
