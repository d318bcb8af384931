//! What is known of a connection's past: slots, hours, days, uptime.

use std::collections::HashMap;

use domain::{
    health::{ConnectionHealth, Uptime},
    heartbeat::{Heartbeat, HeartbeatRollup, Slot, Span},
    ids::ProfileId,
    maintenance::MaintenanceWindow,
    matchers::Matched,
    policy::HeartbeatPolicy,
    profile::ServiceConnectionProfile,
};
use engine::{OpsError, Scope, health, incidents, maintenance};

/// Bars of the strip of checks.
pub const CHECKS: i64 = 60;
const DAYS: i64 = 90;
const HOURS: i64 = 7 * 24;

/// All that the page shows of the past.
pub struct History {
    pub health: ConnectionHealth,
    pub uptime: Uptime,
    /// Whether someone has taken the open incident on.
    pub is_acknowledged: bool,
    pub now: Slot,
    /// The oldest first.
    pub slots: Vec<Heartbeat>,
    /// What the newest of them showed that failed.
    pub failures: HashMap<Slot, String>,
    pub hours: Vec<HeartbeatRollup>,
    pub days: Vec<HeartbeatRollup>,
    /// Open, or still to come.
    pub windows: Vec<MaintenanceWindow>,
}

impl History {
    /// # Errors
    /// The connection was never watched; the database failed.
    pub async fn of(scope: &Scope, connection: &ServiceConnectionProfile) -> Result<Self, OpsError> {
        let id = connection.id;
        let (now, until) = (Slot::at(scope.console().clock.now()), Slot::beyond(scope.console().clock.now()));
        let health = health::get(scope, id).await?;
        let is_acknowledged = match health.open_incident_id {
            Some(incident) => incidents::get(scope, incident).await?.acknowledged_at.is_some(),
            None => false,
        };
        let matched = Matched { id, environment: connection.environment, tags: &connection.tags };
        let mut windows = maintenance::list(scope).await?;
        windows.retain(|window| window.matchers().hold_for(matched) && Slot::at(window.closes_at) > now);
        Ok(Self {
            health,
            is_acknowledged,
            uptime: health::uptimes(scope, id).await?,
            now,
            slots: checks(scope, id, connection.heartbeat, now).await?,
            failures: health::failures(scope, id, first_check(connection.heartbeat, now), until, CHECKS).await?,
            hours: health::rollups(scope, id, Span::Hour, now.floor(3_600).plus(-(HOURS - 1) * 3_600), until).await?,
            days: health::rollups(scope, id, Span::Day, now.floor(86_400).plus(-(DAYS - 1) * 86_400), until).await?,
            windows,
        })
    }
}

/// The latest slots, as many as the strip has bars.
///
/// # Errors
/// There is no such connection; the database failed.
pub async fn checks(scope: &Scope, id: ProfileId, policy: HeartbeatPolicy, now: Slot) -> Result<Vec<Heartbeat>, OpsError> {
    health::slots(scope, id, first_check(policy, now), Slot::beyond(now.timestamp())).await
}

fn first_check(policy: HeartbeatPolicy, now: Slot) -> Slot {
    now.plus(-(CHECKS + 1) * i64::from(policy.interval_seconds.max(1)))
}
