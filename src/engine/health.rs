//! Whether connections are well: the list, uptime, and history at three resolutions.

use std::collections::HashMap;

use super::{OpsError, Scope, cursor, heartbeat::percentiles};
use domain::{
    error::ErrorCode,
    health::{ConnectionHealth, Uptime},
    health_table::{HealthCount, HealthFilter, HealthSort, ListedHealth},
    heartbeat::{Heartbeat, HeartbeatRollup, Slot, Span, uptime},
    ids::ProfileId,
    latency::Latency,
    permission::Permission,
};
use store::{
    TeamDb,
    connection_schedules::{self, Schedule},
    health_snapshots::{list, table},
    heartbeat_rollups,
    heartbeats::{self, SlotRow},
    profiles,
};

/// Most slots, hours or days of one answer.
pub const MOST: i64 = 5_000;

/// At most `limit` connections after `cursor`, by name, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: &HealthFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<ConnectionHealth>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let read = async |after: Option<(String, ProfileId)>, most| list::page(&scope.db(), &scope.actor.limits, filter, after.as_ref(), most).await;
    cursor::page(limit, cursor, |last: &ConnectionHealth| (last.name.clone(), last.connection_id), read).await
}

/// One page of connections, the first being 1, and how many there are in all.
///
/// # Errors
/// The database failed.
pub async fn table(scope: &Scope, filter: &HealthFilter, sort: HealthSort, page: u32, per_page: u32) -> Result<(Vec<ListedHealth>, i64), OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
    let total = table::count(&scope.db(), filter).await?;
    let rows = table::page(&scope.db(), filter, sort, i64::from(per_page), offset).await?;
    Ok((rows, total))
}

/// How many connections are how, by environment.
///
/// # Errors
/// The database failed.
pub async fn counts_by_environment(scope: &Scope) -> Result<Vec<HealthCount>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    Ok(table::counts(&scope.db(), Slot::at(scope.console.clock.now())).await?)
}

/// # Errors
/// There is no such connection that is watched.
pub async fn get(scope: &Scope, id: ProfileId) -> Result<ConnectionHealth, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let found = list::one(&scope.db(), id).await?;
    found.filter(|health| scope.sees(health.environment)).ok_or_else(|| ErrorCode::ConnectionNotFound.into())
}

/// The slots from `from` until before `to`, the oldest first; at most [`MOST`].
///
/// # Errors
/// There is no such connection; a span that ends before it begins.
pub async fn slots(scope: &Scope, id: ProfileId, from: Slot, to: Slot) -> Result<Vec<Heartbeat>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let Some(schedule) = schedule(scope, id, from, to).await? else { return Ok(Vec::new()) };
    let kept = heartbeats::between(&scope.db(), schedule.key, from, to, MOST).await?;
    Ok(kept.iter().map(shown).collect())
}

/// What the slots from `from` until before `to` showed that failed, the newest `limit` of them.
///
/// # Errors
/// There is no such connection; a span that ends before it begins.
pub async fn failures(scope: &Scope, id: ProfileId, from: Slot, to: Slot, limit: i64) -> Result<HashMap<Slot, String>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let Some(schedule) = schedule(scope, id, from, to).await? else { return Ok(HashMap::new()) };
    Ok(heartbeats::failures(&scope.db(), schedule.key, from, to, limit).await?.into_iter().collect())
}

/// The hours or days that begin from `from` until before `to`, the oldest first; the current one as far as it has come.
///
/// # Errors
/// There is no such connection; a span that ends before it begins.
pub async fn rollups(scope: &Scope, id: ProfileId, span: Span, from: Slot, to: Slot) -> Result<Vec<HeartbeatRollup>, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let Some(schedule) = schedule(scope, id, from, to).await? else { return Ok(Vec::new()) };
    let mut found = heartbeat_rollups::between(&scope.db(), span, schedule.key, from, to).await?;
    found.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let open = match span {
        Span::Hour => schedule.hours_until,
        Span::Day => schedule.days_until,
    };
    if (from..to).contains(&open) {
        let mut parts = match span {
            Span::Hour => Vec::new(),
            Span::Day => heartbeat_rollups::between(&scope.db(), Span::Hour, schedule.key, open, schedule.hours_until).await?,
        };
        let tail = heartbeats::between(&scope.db(), schedule.key, schedule.hours_until, to, i64::MAX).await?;
        parts.push(percentiles::count(open, &tail));
        let current = percentiles::merge(open, &parts);
        if current.passed + current.failed + current.maintenance + current.missed > 0 {
            found.push(current);
        }
    }
    Ok(found.iter().map(percentiles::shown).collect())
}

/// Over the last 24 hours and 7 days to the hour, and over 30 and 90 days to the day, each with the current one. Maintenance and
/// missed slots do not count.
///
/// # Errors
/// There is no such connection.
pub async fn uptimes(scope: &Scope, id: ProfileId) -> Result<Uptime, OpsError> {
    scope.authorize(Permission::ReadHealth)?;
    let Some(schedule) = watched(scope, id).await? else { return Ok(Uptime::default()) };
    let (now, until) = (Slot::at(scope.console.clock.now()), Slot::beyond(scope.console.clock.now()));
    let open_hour = heartbeats::between(&scope.db(), schedule.key, schedule.hours_until, until, i64::MAX).await?;
    let over = async |days: i64| -> Result<Option<f64>, OpsError> {
        let (passed, failed) = tried_since(&scope.db(), &schedule, &open_hour, now, days).await?;
        Ok(uptime(passed, failed))
    };
    let since = heartbeats::first_known(&scope.db(), schedule.key).await?.map(Slot::timestamp);
    Ok(Uptime { last_24h: over(1).await?, last_7d: over(7).await?, last_30d: over(30).await?, last_90d: over(90).await?, since })
}

async fn tried_since(db: &TeamDb, schedule: &Schedule, open_hour: &[SlotRow], now: Slot, days: i64) -> Result<(i64, i64), OpsError> {
    let span = if days > 7 { Span::Day } else { Span::Hour };
    let from = now.floor(span.seconds()).plus(-days * 86_400);
    let (mut passed, mut failed) = (0, 0);
    let mut hours_from = from;
    if span == Span::Day {
        (passed, failed) = heartbeat_rollups::sums(db, Span::Day, schedule.key, from, schedule.days_until).await?;
        hours_from = from.max(schedule.days_until);
    }
    let hours = heartbeat_rollups::sums(db, Span::Hour, schedule.key, hours_from, schedule.hours_until).await?;
    // Slots are in order.
    let tail = percentiles::count(from, &open_hour[open_hour.partition_point(|kept| kept.slot < from)..]);
    Ok((passed + hours.0 + tail.passed, failed + hours.1 + tail.failed))
}

async fn schedule(scope: &Scope, id: ProfileId, from: Slot, to: Slot) -> Result<Option<Schedule>, OpsError> {
    if from >= to {
        return Err(OpsError::invalid("to", "Must lie after `from`."));
    }
    watched(scope, id).await
}

/// None where it was never watched.
async fn watched(scope: &Scope, id: ProfileId) -> Result<Option<Schedule>, OpsError> {
    if !scope.sees_connection(id).await? {
        return Err(ErrorCode::ConnectionNotFound.into());
    }
    let schedule = connection_schedules::get(&scope.db(), id).await?;
    if schedule.is_none() && profiles::get(&scope.db(), id).await?.is_none() {
        return Err(ErrorCode::ConnectionNotFound.into());
    }
    Ok(schedule)
}

/// A slot as people and programs read it.
pub(crate) fn shown(kept: &SlotRow) -> Heartbeat {
    Heartbeat { at: kept.slot, outcome: kept.outcome, latency_ms: kept.latency.map(Latency::as_millis), reason: kept.reason }
}
