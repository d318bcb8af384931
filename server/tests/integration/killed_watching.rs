//! kill -9 and SIGTERM in the middle of heartbeats: no slot is lost or doubled, and every incident is told of once.
//!
//! `script/chaos/kill` does it hundreds of times, under load.

use std::{process::Command, time::Duration};

use domain::{
    heartbeat::{Heartbeat, Outcome, Slot},
    ids::ProfileId,
    incident::{Incident, IncidentFilter, IncidentStatus},
};
use engine::{health, incidents, notify};
use reqwest::Response;
use serde_json::{Value, json};
use store::connection_schedules;
use tempfile::TempDir;
use tokio::{net::TcpStream, time::timeout};

use crate::{
    held_target::HeldTarget,
    process::{Server, run, text},
    second_process::SecondProcess,
    test_server::client,
};

const EVER: Slot = Slot(u32::MAX as i64);

/// How far a heartbeat has come, as seen from outside.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The target was asked and has not answered.
    Claimed,
    /// The target has answered.
    Tried,
    /// Its row can be read.
    Recorded,
    /// Whoever listens has heard of it.
    Announced,
}

struct KillTest {
    folder: TempDir,
    second: SecondProcess,
    token: String,
}

impl KillTest {
    async fn new() -> Self {
        let folder = TempDir::new().expect("folder");
        let second = SecondProcess::open(folder.path()).await;
        let token = run(folder.path(), &["tokens", "create", "ci", "--role", "operator"], &[], "");
        Self { second, token: text(&token.stdout).trim().to_owned(), folder }
    }

    fn serve(&self) -> Server {
        Server::start(self.folder.path(), &[])
    }

    async fn post(&self, server: &Server, path: &str, body: Value) -> Response {
        client().post(format!("{}{path}", server.base)).bearer_auth(&self.token).json(&body).send().await.expect("answer")
    }

    /// An active connection of that name to the path of the same name. One failure opens an incident.
    async fn watched(&self, server: &Server, target: &HeldTarget, name: &str, interval: u32) -> ProfileId {
        let policy = json!({"interval_seconds": interval, "timeout_seconds": interval.min(60), "retries": 0, "alert": {"failures": 1}});
        let new = json!({"name": name, "kind": "http", "environment": "development", "settings": {"url": target.url(name)}, "heartbeat": policy});
        let made: Value = self.post(server, "/api/service-connections", new).await.json().await.expect("JSON");
        let id = made["id"].as_str().expect("id");
        for step in ["verify", "activate"] {
            let answer = self.post(server, &format!("/api/service-connections/{id}/{step}"), json!({})).await;
            assert_eq!(answer.status(), 200, "{name}: {step}");
        }
        id.parse().expect("an id")
    }

    async fn kept(&self, id: ProfileId) -> Vec<Heartbeat> {
        health::slots(&self.second.scope(), id, Slot(0), EVER).await.expect("slots")
    }

    async fn incidents(&self, id: ProfileId) -> Vec<Incident> {
        let filter = IncidentFilter { connection: Some(id), ..IncidentFilter::default() };
        incidents::list(&self.second.scope(), filter, 50, None).await.expect("incidents").0
    }

    /// Lets the next heartbeat of the connection come as far as `step`.
    async fn reach(&self, server: &Server, target: &HeldTarget, (name, id): (&str, ProfileId), step: Step, is_well: bool) {
        let mut events = client().get(format!("{}/api/events", server.base)).bearer_auth(&self.token).send().await.expect("events");
        let (asked, answered) = (target.asked(name), target.answered(name));
        target.is_well(is_well);
        match step {
            Step::Claimed => {
                target.answers(false);
                target.asked_beyond(name, asked).await;
            }
            Step::Tried => target.answered_beyond(name, answered).await,
            Step::Recorded => {
                let wanted = if is_well { Outcome::Pass } else { Outcome::Fail };
                until("a row", async || self.kept(id).await.last().is_some_and(|last| last.outcome == wanted)).await;
            }
            Step::Announced => {
                let mut heard = String::new();
                while !heard.contains("event: incident\n") {
                    heard += &text(&events.chunk().await.expect("a stream").expect("more"));
                }
            }
        }
    }

    /// Every slot of the schedule has its row, and there is no row beside them.
    async fn judge_slots(&self, id: ProfileId) {
        let schedule = connection_schedules::get(&self.second.console.db.for_team(self.second.actor.team), id).await.expect("read").expect("watched");
        let due: Vec<_> =
            (0..).map(|index| schedule.begins_at.plus(index * i64::from(schedule.interval_seconds))).take_while(|slot| *slot < schedule.next_slot).collect();
        let kept: Vec<_> = self.kept(id).await.iter().map(|heartbeat| heartbeat.at).collect();
        assert!(!due.is_empty());
        assert_eq!(kept, due, "slots of {id}");
    }

    /// What was told of the incident, the first one first.
    async fn told(&self, incident: &Incident) -> Vec<String> {
        let all = notify::list(&self.second.scope(), 200, None).await.expect("notifications").0;
        all.into_iter().rev().filter(|one| one.incident_id == Some(incident.id)).map(|one| one.title).collect()
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let holding = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(60), holding).await.unwrap_or_else(|_| panic!("no {what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_step_of_a_heartbeat_loses_no_slot_and_tells_every_incident_once() {
    let (test, target) = (KillTest::new().await, HeldTarget::start().await);
    let mut server = test.serve();
    let steps = [("claimed", Step::Claimed), ("tried", Step::Tried), ("recorded", Step::Recorded), ("told", Step::Announced)];
    for (name, step) in steps {
        let id = test.watched(&server, &target, name, 5).await;
        for (is_well, status) in [(false, IncidentStatus::Open), (true, IncidentStatus::Resolved)] {
            test.reach(&server, &target, (name, id), step, is_well).await;
            server.child.kill().expect("killed");
            server.child.wait().expect("gone");
            target.answers(true);
            server = test.serve();
            until(&format!("incident of {name} that is {status}"), async || test.incidents(id).await.iter().any(|incident| incident.status == status)).await;
        }
        test.judge_slots(id).await;
        let [incident] = &test.incidents(id).await[..] else { panic!("{name}: one incident") };
        assert_eq!(test.told(incident).await, [format!("{name} fails (P4)"), format!("{name} recovered")]);
        let suspended = test.post(&server, &format!("/api/service-connections/{id}/suspend"), json!({})).await;
        assert_eq!(suspended.status(), 200, "the next one has the server for itself");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_told_to_stop_in_the_middle_of_a_sweep_keeps_what_was_answered() {
    let (test, target) = (KillTest::new().await, HeldTarget::start().await);
    let mut server = test.serve();
    let mut watched = Vec::new();
    for index in 0..24 {
        let name = format!("service-{index}");
        watched.push((test.watched(&server, &target, &name, if index < 4 { 10 } else { 3_600 }).await, target.answered(&name), name));
    }
    target.answers(false);
    for (_, before, name) in &watched[..2] {
        target.asked_beyond(name, *before).await;
    }
    let named: Vec<_> = watched[4..].iter().map(|(id, _, _)| id.to_string()).collect();
    let sweep = client().post(format!("{}/api/service-connections/heartbeat", server.base)).bearer_auth(&test.token);
    let swept = tokio::spawn(sweep.json(&json!({ "connection_ids": named })).send());
    for (_, before, name) in &watched[4..] {
        target.asked_beyond(name, *before).await;
    }
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    let address = server.base.trim_start_matches("http://").to_owned();
    until("refusal of who comes now", async || TcpStream::connect(&address).await.is_err()).await;
    target.answers(true);
    let swept: Value = swept.await.expect("ran").expect("answer").json().await.expect("JSON");
    // The first slots of some may have fallen due meanwhile, and then the schedule tried them.
    assert!(swept["passed"].as_u64() > Some(0) && swept["failed"] == 0, "whoever asked for the sweep has its answer: {swept}");
    let ended = tokio::task::spawn_blocking(move || server.child.wait().expect("ended").code()).await.expect("waited");
    assert_eq!(ended, Some(0));
    for (id, before, name) in watched {
        let passed = test.kept(id).await.iter().filter(|heartbeat| heartbeat.outcome == Outcome::Pass).count();
        assert_eq!(passed, target.answered(&name) - before, "{name}: an answer, a row");
    }
}
