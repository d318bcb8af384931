//! What heartbeats cost while messages wait to be sent. Two consoles take turns, so that whatever else the machine does meets both.

use std::time::Instant;

use domain::{
    delivery::{Delivery, DeliveryReason, DeliveryStatus},
    ids::{ChannelId, DeliveryId},
};
use engine::{
    Console, Scope, access,
    clock::ManualClock,
    heartbeat::{Limits, sweep::round},
    notify::manage,
};
use serde_json::json;
use store::deliveries;

use super::{
    Outcome, client,
    driven::{INTERVAL, activate, open},
    parts,
};

const MANY: usize = 10_000;
/// Failures until an incident opens.
const FAILING: usize = 2;

struct Watched {
    console: Console,
    clock: ManualClock,
    /// Of each round, milliseconds for a heartbeat.
    took: Vec<f64>,
}

/// On two empty databases. In the first rounds everything is well; then every second connection fails and opens an incident
/// that is told; were it all of them, it would be the console that is offline.
pub async fn run(one: &str, many: &str, target: &str, connections: usize, rounds: usize) -> Outcome {
    let mut both = [Watched::open(one, 1, target, connections).await?, Watched::open(many, MANY, target, connections).await?];
    let well = take_turns(&mut both, connections, rounds).await?.map(median);
    client::once(&parts(target)?.0, "/turn").await?;
    let opening = take_turns(&mut both, connections, FAILING).await?.map(|took| rounded(took.last().copied().unwrap_or_default()));
    println!(
        "{}",
        json!({
            "connections": connections, "rounds": rounds, "waiting": [1, MANY], "ms_each": well, "ratio": ratio(well),
            "ms_each_opening": opening, "ratio_opening": ratio(opening),
        })
    );
    Ok(())
}

impl Watched {
    async fn open(database: &str, waiting: usize, target: &str, connections: usize) -> Outcome<Self> {
        let (console, clock) = open(database.to_owned(), Limits::default()).await?;
        let scope = access::command_line(&console, None).await?;
        for index in 0..connections {
            activate(&scope, index, &format!("{target}/{}/{index}", if index % 2 == 0 { "down" } else { "steady" })).await?;
        }
        let channel = json!({"name": "Chat", "type": "slack", "settings": {"url": format!("{target}/chat")}});
        let channel = manage::create(&scope, serde_json::from_value(channel)?).await?;
        queue(&scope, channel.id, waiting).await?;
        Ok(Self { console, clock, took: Vec::new() })
    }

    async fn beat(&mut self, connections: usize) -> Outcome {
        self.clock.advance(INTERVAL);
        let begun = Instant::now();
        let ended = round(&self.console).await?;
        let took = begun.elapsed().as_secs_f64() * 1_000.0;
        if ended.passed + ended.failed != connections {
            return Err(format!("{} of {connections} heartbeats: {ended:?}", ended.passed + ended.failed).into());
        }
        self.took.push(took / f64::from(u32::try_from(connections)?));
        Ok(())
    }
}

/// Milliseconds of each round, of each console.
async fn take_turns(both: &mut [Watched; 2], connections: usize, rounds: usize) -> Outcome<[Vec<f64>; 2]> {
    for _ in 0..rounds {
        for watched in &mut *both {
            watched.beat(connections).await?;
        }
    }
    Ok(both.each_mut().map(|watched| std::mem::take(&mut watched.took)))
}

fn median(mut took: Vec<f64>) -> f64 {
    took.sort_by(f64::total_cmp);
    rounded(took.get(took.len() / 2).copied().unwrap_or_default())
}

fn ratio([one, many]: [f64; 2]) -> f64 {
    rounded(many / one)
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

/// Nobody sends them here.
async fn queue(scope: &Scope, channel: ChannelId, count: usize) -> Outcome {
    let now = scope.console().clock.now();
    let mut tx = scope.console().db.for_team(scope.actor().team).begin().await?;
    for number in 0..count {
        let waiting = Delivery {
            id: DeliveryId::new(),
            channel_id: channel,
            incident_id: None,
            reason: DeliveryReason::Reminder,
            status: DeliveryStatus::Waiting,
            attempts: 0,
            next_attempt_at: Some(now),
            last_error: None,
            sent_at: None,
            created_at: now,
            severity: None,
            connection_name: None,
            environment: None,
            incident_count: 0,
        };
        deliveries::queue(&mut tx, &waiting, &format!("Message {number}"), "bench").await?;
    }
    Ok(tx.commit().await?)
}
