//! Rolls slots up to hours and hours up to days, and keeps the snapshots' figures of 24 hours.
//!
//! An hour is closed once the connection's next slot lies beyond it: every slot before that has its row. Writing an hour
//! again from its slots gives the same, so a slot that is written late only opens its hour once more.

use super::percentiles;
use crate::{Console, OpsError};
use domain::heartbeat::{Slot, Span};
use store::{
    Tx,
    connection_schedules::{
        Schedule,
        upkeep::{self, RolledUp},
    },
    health_snapshots, heartbeat_rollups, heartbeats,
};

/// Connections of one transaction.
const BATCH: i64 = 50;
/// Hours of one connection in one transaction.
const MOST_HOURS: usize = 48;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Closes the hours and days of at most a batch of connections. Answers how many it worked on: none when all is done.
///
/// # Errors
/// The database failed.
pub async fn roll_up(console: &Console) -> Result<usize, OpsError> {
    let mut tx = console.db.begin().await?;
    let schedules = upkeep::with_closed_hours(&mut tx, BATCH).await?;
    for schedule in &schedules {
        let hours_until = close_hours(&mut tx, schedule).await?;
        let days_until = close_days(&mut tx, schedule, hours_until).await?;
        upkeep::rolled_up(&mut tx, RolledUp { key: schedule.key, hours_until, days_until }).await?;
    }
    tx.commit().await?;
    Ok(schedules.len())
}

async fn close_hours(tx: &mut Tx, schedule: &Schedule) -> Result<Slot, OpsError> {
    let mut hour = schedule.hours_until;
    for _ in 0..MOST_HOURS {
        if hour.plus(HOUR) > schedule.next_slot {
            break;
        }
        let kept = heartbeats::between_in(tx, schedule.key, hour, hour.plus(HOUR)).await?;
        if kept.is_empty() {
            // Nothing was due for a while, so the next hour is the one of the next slot that was.
            let next = heartbeats::first(tx, schedule.key, hour).await?.unwrap_or(schedule.next_slot).min(schedule.next_slot);
            hour = next.floor(HOUR).max(hour.plus(HOUR)).min(schedule.next_slot.floor(HOUR));
        } else {
            heartbeat_rollups::put(tx, Span::Hour, schedule.key, schedule.team_key, &percentiles::count(hour, &kept)).await?;
            hour = hour.plus(HOUR);
        }
    }
    Ok(hour)
}

async fn close_days(tx: &mut Tx, schedule: &Schedule, hours_until: Slot) -> Result<Slot, OpsError> {
    let mut day = schedule.days_until.min(schedule.hours_until.floor(DAY));
    while day.plus(DAY) <= hours_until {
        let hours = heartbeat_rollups::between_in(tx, Span::Hour, schedule.key, day, day.plus(DAY)).await?;
        if !hours.is_empty() {
            heartbeat_rollups::put(tx, Span::Day, schedule.key, schedule.team_key, &percentiles::merge(day, &hours)).await?;
        }
        day = day.plus(DAY);
    }
    Ok(day)
}

/// Brings the figures of 24 hours up to date for at most a batch of connections: after each hour, for then the oldest one leaves them.
/// Answers how many it worked on.
///
/// # Errors
/// The database failed.
pub async fn refresh(console: &Console) -> Result<usize, OpsError> {
    let now = Slot::at(console.clock.now());
    let mut tx = console.db.begin().await?;
    let schedules = upkeep::to_refresh(&mut tx, now, BATCH).await?;
    let keys: Vec<_> = schedules.iter().map(|schedule| schedule.key).collect();
    // Locks them against the writer, whose counts are added to these.
    health_snapshots::lock(&mut tx, &keys).await?;
    for schedule in &schedules {
        let from = now.floor(HOUR).plus(-DAY);
        let mut parts = heartbeat_rollups::between_in(&mut tx, Span::Hour, schedule.key, from, schedule.hours_until).await?;
        let tail = heartbeats::between_in(&mut tx, schedule.key, from.max(schedule.hours_until), schedule.next_slot).await?;
        parts.push(percentiles::count(from, &tail));
        let (passed, failed, p95) = {
            let whole = percentiles::merge(from, &parts);
            (whole.passed, whole.failed, percentiles::quantile(&whole, 0.95))
        };
        health_snapshots::refresh(&mut tx, schedule.key, passed, failed, p95).await?;
        upkeep::refreshed(&mut tx, schedule.key, now.floor(HOUR).plus(HOUR)).await?;
    }
    tx.commit().await?;
    Ok(schedules.len())
}
