//! Removes slots, hours and days past their time, a few connections at a time; and drives [`super::rollup`].

use std::time::Duration;

use tokio::time::sleep;

use super::rollup;
use crate::{Console, OpsError};
use domain::heartbeat::{Slot, Span};
use store::{connection_schedules::upkeep, heartbeat_rollups, heartbeats};

/// Connections of one transaction.
const BATCH: i64 = 20;
/// Between looks at what is to be rolled up.
const EVERY: Duration = Duration::from_secs(5);
/// Between two batches, so that heartbeats are never held up for long.
const BREATH: Duration = Duration::from_millis(50);
/// Looks between two rounds of pruning.
const PRUNE_EVERY: u32 = 720;

/// Rolls up, refreshes and prunes for as long as the process lives.
pub async fn run(console: Console) {
    let mut looks = 0_u32;
    loop {
        if let Err(error) = keep_up(&console, looks.is_multiple_of(PRUNE_EVERY)).await {
            tracing::warn!(error = crate::report::chain(&error), "history could not be rolled up");
        }
        looks = looks.wrapping_add(1);
        sleep(EVERY).await;
    }
}

async fn keep_up(console: &Console, prunes: bool) -> Result<(), OpsError> {
    while rollup::roll_up(console).await? > 0 {
        sleep(BREATH).await;
    }
    rollup::refresh(console).await?;
    if prunes {
        console.scheduler.prepared.sweep();
        console.scheduler.concurrency.sweep();
        console.scheduler.outage.lock().sweep(Slot::at(console.clock.now()));
        prune(console).await?;
    }
    Ok(())
}

/// Removes what is past its time. Slots that are not rolled up yet stay. Answers how many slots it removed.
///
/// # Errors
/// The database failed.
pub async fn prune(console: &Console) -> Result<u64, OpsError> {
    let limits = console.scheduler.limits;
    let now = Slot::at(console.clock.now());
    let before = |kept: Duration| now.plus(-i64::try_from(kept.as_secs()).unwrap_or(i64::MAX / 2));
    let (mut after, mut removed) = (0, 0);
    loop {
        let schedules = upkeep::after(&console.db, after, BATCH).await?;
        let Some(last) = schedules.last() else { return Ok(removed) };
        after = last.key;
        let mut tx = console.db.begin().await?;
        for schedule in &schedules {
            removed += heartbeats::prune(&mut tx, schedule.key, before(limits.keep_slots).min(schedule.hours_until)).await?;
            heartbeat_rollups::prune(&mut tx, Span::Hour, schedule.key, before(limits.keep_hours).min(schedule.days_until)).await?;
            heartbeat_rollups::prune(&mut tx, Span::Day, schedule.key, before(limits.keep_days)).await?;
        }
        tx.commit().await?;
        sleep(BREATH).await;
    }
}
