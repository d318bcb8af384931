//! kill -9 in the middle of each step of a runbook: it goes on by itself, no step is left out, and what must not be sent twice is not.
//!
//! `script/chaos/executions` does it hundreds of times.

use std::{
    env,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    held_target::HeldTarget,
    process::{Server, run, text},
    test_server::{client, forget_nodes, new_postgres},
};

/// Requests of one runbook, each followed by a step of a person, at which the next one waits.
const REQUESTS: usize = 10;

struct KillTest {
    folder: TempDir,
    /// A PostgreSQL's address; absent for SQLite.
    database: Option<String>,
    token: String,
    server: Server,
}

impl KillTest {
    fn new(database: Option<String>) -> Self {
        let folder = TempDir::new().expect("folder");
        let token = run(folder.path(), &["tokens", "create", "ci", "--role", "operator"], &variables(database.as_deref()), "");
        let server = Server::start(folder.path(), &variables(database.as_deref()));
        Self { token: text(&token.stdout).trim().to_owned(), server, folder, database }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = client().post(format!("{}{path}", self.server.base)).bearer_auth(&self.token).json(&body).send().await.expect("answer");
        let (status, text) = (answer.status(), answer.text().await.expect("text"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    async fn step(&self, execution: &str, n: usize) -> Value {
        let answer = client().get(format!("{}{execution}", self.server.base)).bearer_auth(&self.token).send().await.expect("answer");
        answer.json::<Value>().await.expect("JSON")["steps"][n - 1].clone()
    }

    fn kill(&mut self) {
        self.server.child.kill().expect("killed");
        self.server.child.wait().expect("gone");
        self.database.as_deref().map(forget_nodes);
        self.server = Server::start(self.folder.path(), &variables(self.database.as_deref()));
    }

    /// Until the console has said what came of the step.
    async fn ended(&self, execution: &str, n: usize) -> String {
        let ended = async {
            loop {
                let outcome = self.step(execution, n).await["outcome"].as_str().expect("an outcome").to_owned();
                if outcome == "done" || outcome == "failed" {
                    return outcome;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(60), ended).await.unwrap_or_else(|_| panic!("step {n} has no end"))
    }

    /// One execution, from its beginning to its sign-off.
    async fn kill_at_every_step(&mut self, target: &HeldTarget, round: usize) {
        let runbook = self.post("/api/runbooks", json!({"yaml": document(target, round)})).await;
        target.answers(false);
        let begun = self.post("/api/executions", json!({"runbook_id": runbook["id"]})).await;
        let execution = format!("/api/executions/{}", begun["id"].as_str().expect("an id"));
        for n in 1..=REQUESTS {
            let (path, step) = (format!("{round}-{n}"), 2 * n - 1);
            target.asked_beyond(&path, 0).await;
            self.kill();
            target.answers(true);
            let outcome = self.ended(&execution, step).await;
            if n % 2 == 0 {
                let found = self.step(&execution, step).await["found"].to_string();
                assert!(outcome == "failed" && found.contains("not known whether it arrived"), "{path}: {outcome} {found}");
                assert_eq!(target.asked(&path), 1, "{path} was sent once");
                self.post(&format!("{execution}/steps/{step}"), json!({"outcome": "done", "note": "It arrived."})).await;
            } else {
                assert_eq!((outcome.as_str(), target.asked(&path)), ("done", 2), "{path} was asked again");
            }
            target.answers(false);
            self.post(&format!("{execution}/steps/{}", step + 1), json!({"outcome": "done"})).await;
        }
        let signed = self.post(&format!("{execution}/sign-off"), json!({})).await;
        assert!(signed["steps"].as_array().expect("steps").iter().all(|step| step["outcome"] == "done"), "{signed}");
    }
}

fn variables(database: Option<&str>) -> Vec<(&'static str, &str)> {
    database.into_iter().map(|url| ("DATABASE_URL", url)).collect()
}

/// Those that may be asked again, and those that may not, in turn.
fn document(target: &HeldTarget, round: usize) -> String {
    let steps = (1..=REQUESTS).map(|n| {
        let method = if n % 2 == 0 { "POST" } else { "GET" };
        let url = target.url(&format!("{round}-{n}"));
        format!("  - {{ title: Ask, do: {{ http: {{ url: \"{url}\", method: {method} }} }} }}\n  - {{ title: Look, do: manual }}\n")
    });
    format!("name: Drill {round}\nsteps:\n{}", steps.collect::<String>())
}

async fn dies_in_each_step(database: Option<String>) {
    let kills = env::var("SWITCHBOARD_CHAOS_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(REQUESTS);
    let (mut test, target, began) = (KillTest::new(database), HeldTarget::start().await, Instant::now());
    let rounds = kills.div_ceil(REQUESTS);
    for round in 0..rounds {
        test.kill_at_every_step(&target, round).await;
    }
    println!("{} kills in {} s: no step left out, none sent twice that must not be", rounds * REQUESTS, began.elapsed().as_secs());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_each_step_goes_on_and_sends_nothing_twice_on_sqlite() {
    dies_in_each_step(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_each_step_goes_on_and_sends_nothing_twice_on_postgres() {
    dies_in_each_step(Some(new_postgres())).await;
}
