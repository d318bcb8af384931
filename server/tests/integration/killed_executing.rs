//! kill -9 in the middle of each step of a runbook: it goes on by itself, no step is left out, and what must not be sent twice is not.
//!
//! `script/chaos/executions` does it hundreds of times.

use std::{
    env,
    ops::Range,
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    held_target::HeldTarget,
    process::{Server, run, text},
    test_server::{client, new_postgres},
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

    /// As many executions as that at once, from their beginning to their sign-off.
    async fn kill_at_every_step(&mut self, target: &HeldTarget, rounds: Range<usize>) {
        target.answers(false);
        let mut runbooks = Vec::new();
        for round in rounds {
            runbooks.push((round, self.post("/api/runbooks", json!({"yaml": document(target, round)})).await));
        }
        // All at once: a request that is held while the others begin, one after the other, would be given up before the kill.
        let test = &*self;
        let executions = join_all(runbooks.iter().map(|(round, runbook)| async move {
            let begun = test.post("/api/executions", json!({"runbook_id": runbook["id"]})).await;
            (*round, format!("/api/executions/{}", begun["id"].as_str().expect("an id")))
        }))
        .await;
        for n in 1..=REQUESTS {
            let step = 2 * n - 1;
            for (round, _) in &executions {
                target.asked_beyond(&format!("{round}-{n}"), 0).await;
            }
            self.kill();
            target.answers(true);
            for (round, execution) in &executions {
                let (path, outcome) = (format!("{round}-{n}"), self.ended(execution, step).await);
                if n % 2 == 0 {
                    let found = self.step(execution, step).await["found"].to_string();
                    assert!(outcome == "failed" && found.contains("not known whether it arrived"), "{path}: {outcome} {found}");
                    assert_eq!(target.asked(&path), 1, "{path} was sent once");
                    self.post(&format!("{execution}/steps/{step}"), json!({"outcome": "done", "note": "It arrived."})).await;
                } else {
                    assert_eq!((outcome.as_str(), target.asked(&path)), ("done", 2), "{path} was asked again");
                }
            }
            target.answers(false);
            let test = &*self;
            join_all(
                executions.iter().map(|(_, execution)| async move { test.post(&format!("{execution}/steps/{}", step + 1), json!({"outcome": "done"})).await }),
            )
            .await;
        }
        for (_, execution) in &executions {
            let signed = self.post(&format!("{execution}/sign-off"), json!({})).await;
            assert!(signed["steps"].as_array().expect("steps").iter().all(|step| step["outcome"] == "done"), "{signed}");
        }
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

/// On PostgreSQL another process takes over once the lease of the dead one has ended, so there each kill hits as many executions as there may be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_every_step_of_an_execution_goes_on_and_sends_nothing_twice() {
    let asked = env::var("SWITCHBOARD_CHAOS_KILLS").ok().and_then(|kills| kills.parse().ok());
    let rounds = asked.unwrap_or(REQUESTS).div_ceil(REQUESTS);
    let mut drills = vec![("SQLite", None, 1)];
    drills.extend(asked.map(|_: usize| ("PostgreSQL", Some(new_postgres()), rounds.min(20))));
    for (name, database, at_once) in drills {
        let (mut test, target, began) = (KillTest::new(database), HeldTarget::start().await, Instant::now());
        for first in (0..rounds).step_by(at_once) {
            test.kill_at_every_step(&target, first..rounds.min(first + at_once)).await;
        }
        println!("{name}: {} steps killed, {at_once} at once, in {} s", rounds * REQUESTS, began.elapsed().as_secs());
    }
}
