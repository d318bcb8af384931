//! Removes slots, hours and days past their time, a few connections at a time; and drives [`super::rollup`].

use std::time::Duration;

use tokio::time::sleep;

use super::rollup;
use crate::{Console, OpsError};
use domain::heartbeat::{Slot, Span};
use store::{connection_schedules::upkeep, heartbeat_rollups, heartbeats};

/// Connections of one transaction.
const BATCH: i64 = 20;
/// Between two batches, so that heartbeats are never held up for long.
const BREATH: Duration = Duration::from_millis(50);

/// Closes what hours and days can be closed, and renews the figures of 24 hours.
///
/// # Errors
/// The database failed.
pub async fn roll_up(console: &Console) -> Result<(), OpsError> {
    while !console.stopping.is_cancelled() && rollup::roll_up(console).await? > 0 {
        sleep(BREATH).await;
    }
    rollup::refresh(console).await.map(drop)
}

/// Forgets what is not watched any more, and removes what is past its time.
///
/// # Errors
/// The database failed.
pub async fn sweep(console: &Console) -> Result<(), OpsError> {
    console.scheduler.prepared.sweep();
    console.scheduler.concurrency.sweep();
    console.scheduler.outage.lock().sweep(Slot::at(console.clock.now()));
    prune(console).await.map(drop)
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
        let Some(last) = schedules.last().filter(|_| !console.stopping.is_cancelled()) else { return Ok(removed) };
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
