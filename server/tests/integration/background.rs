//! The program's work beside requests, as `/health` tells of it.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::{process::Server, test_server::client};

const EVERY: &[&str] = &[
    "abandoned_runs",
    "abandoned_verifications",
    "audit_heads",
    "deliveries",
    "digests",
    "ended_sessions",
    "errors_kept",
    "escalation",
    "evidence_retention",
    "executions",
    "heartbeat_retention",
    "heartbeats",
    "kept_answers",
    "log_lines",
    "post_mortems",
    "request_hours",
    "retention",
    "rollups",
    "sealed_settings",
    "stale_deliveries",
    "suppression",
    "unrecorded_errors",
];

async fn tasks(base: &str) -> serde_json::Map<String, Value> {
    let answer = client().get(format!("{base}/health")).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json::<Value>().await.expect("JSON")["background"].as_object().expect("tasks").clone()
}

/// Waits until each task has run once, and answers how that went.
pub async fn all_have_run(base: &str) -> serde_json::Map<String, Value> {
    let run = async {
        loop {
            let tasks = tasks(base).await;
            assert_eq!(tasks.keys().collect::<Vec<_>>(), EVERY);
            // Those that keep their own time are in their one run for as long as the program.
            if tasks.iter().all(|(name, task)| ["heartbeats", "deliveries", "executions"].contains(&name.as_str()) || task["ended_at"].is_string()) {
                return tasks;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), run).await.expect("within a minute")
}

#[tokio::test]
async fn every_task_runs_is_told_of_and_ends_with_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(folder.path(), &[]);
    let tasks = all_have_run(&server.base).await;
    assert!(tasks.values().all(|task| task["status"] == "ok" && task["failures"] == 0), "{tasks:?}");
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("ended early") && !log.contains("still busy"), "{log}");
}
