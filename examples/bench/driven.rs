//! A console by a clock that is driven, without a server around it, and the connections that it watches.

use std::{sync::Arc, time::Duration};

use domain::profile::Transition;
use engine::{
    Console, ConsoleSettings, Scope,
    clock::{Clock, ManualClock, SystemClock},
    connections,
    heartbeat::Limits,
    transition,
    vault::Vault,
    verify,
};
use probes::egress::{Egress, EgressPolicy, Resolver};
use serde_json::json;

use super::Outcome;

/// Between two heartbeats of a connection.
pub const INTERVAL: Duration = Duration::from_secs(300);

pub async fn open(database: String, heartbeat_limits: Limits) -> Outcome<(Console, ManualClock)> {
    let clock = ManualClock::starting_at(SystemClock.now());
    let mut settings = ConsoleSettings::new(database.into(), Vault::from_key(&[7; 32]), Egress::new(EgressPolicy::default(), Resolver::System));
    settings.clock = Arc::new(clock.clone());
    settings.heartbeat_limits = heartbeat_limits;
    Ok((Console::open(settings).await?, clock))
}

pub async fn activate(scope: &Scope, index: usize, url: &str) -> Outcome {
    let new = json!({
        "name": format!("Service {index}"), "kind": "http", "environment": "development", "settings": {"url": url},
        "heartbeat": {"interval_seconds": INTERVAL.as_secs(), "timeout_seconds": 5, "retries": 0},
    });
    let draft = connections::create(scope, serde_json::from_value(new)?).await?;
    // It may just be failing.
    while transition::apply(scope, draft.id, Transition::Activate).await.is_err() {
        let begun = verify::start(scope, draft.id).await?;
        verify::wait(scope, begun.id).await?;
    }
    Ok(())
}
