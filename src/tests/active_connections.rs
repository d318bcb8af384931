//! Active connections, for the tests of heartbeats.

use std::time::Duration;

use domain::{
    heartbeat::{Heartbeat, Slot},
    incident::{Incident, IncidentFilter},
    profile::{ServiceConnectionProfile, Transition},
};
use engine::{
    Console,
    connections::{self, NewConnection},
    health,
    heartbeat::{record::Recorded, sweep::round, tick},
    incidents, notify, transition,
};
use serde_json::json;

use crate::test_console::TestConsole;

/// Long enough for any first slot to be due, and too short for a second one a minute later.
pub const FIRST: Duration = Duration::from_secs(60);

pub fn every(interval_seconds: u32, name: &str, host: &str) -> NewConnection {
    serde_json::from_value(json!({
        "name": name, "kind": "obedient", "environment": "production", "settings": {"host": host}, "credential": {"password": "open sesame"},
        "heartbeat": {"interval_seconds": interval_seconds, "timeout_seconds": 5, "retries": 0},
    }))
    .expect("a connection")
}

impl TestConsole {
    /// An active connection with a host of its own.
    pub async fn active_connection(&self, name: &str, interval_seconds: u32) -> ServiceConnectionProfile {
        let host = format!("{}.example.org", name.to_lowercase().replace(' ', "-"));
        self.activate(every(interval_seconds, name, &host)).await
    }

    pub async fn activate(&self, new: NewConnection) -> ServiceConnectionProfile {
        let draft = connections::create(&self.scope(), new).await.expect("created");
        self.verify(&draft).await;
        transition::apply(&self.scope(), draft.id, Transition::Activate).await.expect("active")
    }

    /// Lets time pass, and whatever falls due be tried.
    pub async fn pass_time(&self, by: Duration) -> Recorded {
        self.advance(by);
        round_of(&self.console).await
    }

    /// Every slot that is kept of a connection.
    pub async fn kept(&self, profile: &ServiceConnectionProfile) -> Vec<Heartbeat> {
        health::slots(&self.scope(), profile.id, Slot(0), Slot(i64::from(u32::MAX))).await.expect("slots")
    }

    /// How each slot ended: `pass`, `missed overloaded` …
    pub async fn ends(&self, profile: &ServiceConnectionProfile) -> Vec<String> {
        let told = |slot: &Heartbeat| slot.reason.map_or_else(|| slot.outcome.to_string(), |reason| format!("{} {reason}", slot.outcome));
        self.kept(profile).await.iter().map(told).collect()
    }

    pub async fn status(&self, profile: &ServiceConnectionProfile) -> String {
        health::get(&self.scope(), profile.id).await.expect("health").status.to_string()
    }

    /// Every incident of the team, the newest first, each with its timeline.
    pub async fn incidents(&self) -> Vec<Incident> {
        let (listed, _) = incidents::list(&self.scope(), IncidentFilter::default(), 200, None).await.expect("incidents");
        let mut whole = Vec::new();
        for incident in listed {
            whole.push(incidents::get(&self.scope(), incident.id).await.expect("an incident"));
        }
        whole
    }

    /// How many notifications there are.
    pub async fn notified(&self) -> usize {
        notify::list(&self.scope(), 200, None).await.expect("notifications").0.len()
    }
}

/// The scheduler as the server runs it, until it is dropped.
pub struct Scheduler(tokio::task::JoinHandle<()>);

impl Scheduler {
    pub fn of(console: &Console) -> Self {
        Self(tokio::spawn(tick::run(console.clone(), std::future::pending())))
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits until it holds.
///
/// # Panics
/// It does not for a minute.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let holding = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), holding).await.unwrap_or_else(|_| panic!("not in a minute: {what}"));
}

pub async fn round_of(console: &Console) -> Recorded {
    round(console).await.expect("a round")
}
