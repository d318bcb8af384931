//! The scheduler's loop: each whole second it claims what is due, and a writer gathers the results.
//!
//! Slots are whole seconds, so everything due in one second starts together: a process that wakes once for fifty
//! connections spends a fraction of what fifty wake-ups cost.

use std::{collections::HashSet, time::Duration};

use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    attempt::Ended,
    claim::{ClaimSelection, claim},
    record::{part, record},
    sweep::{DRAIN, run_claim},
};
use crate::{Console, OpsError, maintenance};
use domain::{heartbeat::Slot, time::Timestamp};
use store::{connection_schedules, heartbeat_nodes};

/// Results are gathered for this long, then written together.
const GATHER: Duration = Duration::from_millis(120);
/// Waits between tries while the database is away.
const RETRY: Duration = Duration::from_millis(500);
/// Seconds between looks for claims that nothing works on.
const RECONCILE_EVERY: i64 = 10;
/// A clock that goes back by more than this moves the schedules with it.
const JUMP: Duration = Duration::from_secs(2);

/// Watches until `stop` completes, then lets what is being tried end. Its claims hold until the node leaves.
pub async fn run(console: Console, stop: impl Future<Output = ()>) {
    let (results, gathered) = mpsc::channel(4_096);
    let writer = tokio::spawn(write(console.clone(), gathered));
    if let Err(error) = arrive(&console).await {
        tracing::error!(%error, "the schedule could not be looked over at the start");
    }
    let mut running = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    let mut last = console.clock.now();
    let mut suspected = HashSet::new();
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = sleep(until_next_second(console.clock.now())) => {}
        }
        let now = console.clock.now();
        if let Err(error) = tick(&console, &mut running, &results, last, now).await {
            tracing::warn!(%error, "what is due could not be claimed");
            sleep(RETRY).await;
        }
        last = now;
        if now.as_millis() / 1_000 % RECONCILE_EVERY == 0 {
            suspected = console.scheduler.holds.reconcile(&console.db, console.scheduler.node, &suspected).await.unwrap_or_default();
        }
        while running.try_join_next().is_some() {}
    }
    drain(running, results, writer).await;
}

async fn tick(console: &Console, running: &mut JoinSet<()>, results: &mpsc::Sender<Ended>, last: Timestamp, now: Timestamp) -> Result<(), OpsError> {
    if now + JUMP < last {
        rewind_schedules(console).await?;
    }
    console.scheduler.renew_lease(&console.db).await?;
    loop {
        let claims = claim(console, ClaimSelection::Due).await?;
        let full = i64::try_from(claims.len()).unwrap_or(i64::MAX) >= console.scheduler.limits.claim;
        for claim in claims {
            let (console, results) = (console.clone(), results.clone());
            running.spawn(async move {
                let ended = run_claim(&console, claim).await;
                // Fails only when the writer is gone, and then the slot stays due.
                let _ = results.send(ended).await;
            });
        }
        if !full {
            return Ok(());
        }
    }
}

/// What a start finds: claims that no process holds any more, windows whose last occurrence is over, and schedules ahead of the clock.
async fn arrive(console: &Console) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    if console.db.is_embedded() {
        heartbeat_nodes::forget_all(&mut tx).await?;
    } else {
        heartbeat_nodes::forget(&mut tx, console.scheduler.limits.lease * 10).await?;
    }
    tx.commit().await?;
    maintenance::move_on(console).await?;
    rewind_schedules(console).await
}

async fn rewind_schedules(console: &Console) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    let moved = connection_schedules::rewind_schedules(&mut tx, Slot::at(console.clock.now())).await?;
    tx.commit().await?;
    if moved > 0 {
        tracing::warn!(connections = moved, "the clock went back; schedules follow it");
    }
    Ok(())
}

async fn write(console: Console, mut gathered: mpsc::Receiver<Ended>) {
    let mut batch = Vec::new();
    while let Some(first) = gathered.recv().await {
        batch.push(first);
        sleep(GATHER).await;
        while let Ok(more) = gathered.try_recv() {
            batch.push(more);
        }
        while !batch.is_empty() {
            keep_recording(&console, &mut part(&mut batch)).await;
        }
    }
}

/// Until it is written: while the database is away, results wait.
async fn keep_recording(console: &Console, batch: &mut [Ended]) {
    let mut told = false;
    while let Err(error) = record(console, batch).await {
        if !told {
            tracing::warn!(results = batch.len(), error = crate::error::chain(&error), "heartbeats could not be written yet");
            told = true;
        }
        sleep(RETRY).await;
    }
}

async fn drain(mut running: JoinSet<()>, results: mpsc::Sender<Ended>, writer: tokio::task::JoinHandle<()>) {
    drop(results);
    let until = Instant::now() + DRAIN;
    let all = async { while running.join_next().await.is_some() {} };
    if timeout(DRAIN, all).await.is_err() {
        tracing::info!(heartbeats = running.len(), "left heartbeats that were still being tried; their slots stay due");
        running.shutdown().await;
    }
    let left = until.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
    if timeout(left, writer).await.is_err() {
        tracing::warn!("some results could not be written; their slots stay due");
    }
}

/// A little after it, so that the second has certainly begun.
fn until_next_second(now: Timestamp) -> Duration {
    let past = now.as_millis().rem_euclid(1_000).unsigned_abs();
    Duration::from_millis(1_001 - past)
}
