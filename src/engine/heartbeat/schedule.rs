//! When watching a connection begins, changes its pace, and ends; each in the transaction of the act that causes it.

use super::slots;
use domain::{
    heartbeat::{MissedReason, Slot},
    ids::ProfileId,
    profile::ServiceConnectionProfile,
    time::Timestamp,
};
use store::{
    StoreResult, TeamTx, connection_schedules,
    heartbeats::{self, Row},
};

/// First heartbeats are spread over at most this long, so that many connections activated at once do not stay in step. Seconds.
const SPREAD: i64 = 60;

/// The connection has become active: its first slot comes within its interval, or a minute.
pub async fn begin(tx: &mut TeamTx, profile: &ServiceConnectionProfile, now: Timestamp) -> StoreResult<()> {
    let interval = i64::from(profile.heartbeat.interval_seconds);
    let phase = i64::try_from(profile.id.as_uuid().as_u128() % 1_000_003).unwrap_or_default() % interval.clamp(1, SPREAD);
    connection_schedules::begin(tx, profile.id, interval, Slot::at(now).plus(1 + phase)).await
}

/// The connection is active no more: what was due and has no row yet ends as missed.
pub async fn end(tx: &mut TeamTx, connection: ProfileId, now: Timestamp) -> StoreResult<()> {
    let Some(schedule) = connection_schedules::of_connection(tx, connection).await?.filter(|schedule| schedule.is_active) else { return Ok(()) };
    let now = Slot::at(now);
    let mut next = schedule.next_slot;
    if next <= now {
        let plan = slots::plan(schedule.begins_at, next, schedule.interval_seconds.into(), now);
        let due = plan.missed.iter().chain([&plan.slot]);
        let rows: Vec<_> = due.map(|slot| Row::missed(schedule.key, schedule.team_key, *slot, MissedReason::Suspended)).collect();
        heartbeats::insert(tx, &rows).await?;
        next = plan.next;
    }
    connection_schedules::end(tx, schedule.key, next).await
}

/// The connection stays active, and may have another interval: its next slot comes no later than that.
pub async fn follow(tx: &mut TeamTx, profile: &ServiceConnectionProfile, now: Timestamp) -> StoreResult<()> {
    let interval = i64::from(profile.heartbeat.interval_seconds);
    let schedule = connection_schedules::of_connection(tx, profile.id).await?;
    let Some(schedule) = schedule.filter(|schedule| schedule.is_active && i64::from(schedule.interval_seconds) != interval) else { return Ok(()) };
    let next = schedule.next_slot.min(Slot::at(now).plus(interval));
    connection_schedules::move_to(tx, schedule.key, interval, next).await
}
