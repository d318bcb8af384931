//! Whether a connection is well as of now.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    environment::Environment,
    heartbeat::Slot,
    ids::{IncidentId, ProfileId},
    latency::Latency,
    time::Timestamp,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum HealthStatus {
    Healthy,
    /// One failure, or an answer slower than its limit.
    Degraded,
    /// Enough failures for an incident.
    Incident,
    /// No heartbeat yet.
    #[default]
    Unknown,
    /// Not watched, because the connection is suspended.
    Suspended,
    /// Not tried, because a maintenance window is open.
    Maintenance,
}

/// What is known of a connection after its latest heartbeat; the rules in [`super::alerting`] carry it forward.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthSnapshot {
    pub status: HealthStatus,
    pub consecutive_failures: u32,
    pub consecutive_passes: u32,
    /// The last 32 slots that were tried, the newest in the lowest bit; a set bit failed.
    pub recent: u32,
    /// How many bits of `recent` count towards an incident: none of those before a person's word that it is over.
    pub recent_count: u32,
    /// The first failure of the streak that is going on.
    pub first_failed: Option<Slot>,
    pub last_slot: Option<Slot>,
    pub last_latency: Option<Latency>,
    /// What the latest failure showed, redacted.
    pub last_failure: Option<String>,
    pub open_incident_id: Option<IncidentId>,
}

/// Seconds that must have been tried before there is an uptime to tell.
const LEAST_TRIED: i64 = 3_600;

/// A connection's health, as programs and people read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct ConnectionHealth {
    pub connection_id: ProfileId,
    pub name: String,
    pub kind: super::kind::KindId,
    pub environment: Environment,
    pub status: HealthStatus,
    /// Percent, of the last 24 whole hours and the current one; absent where nothing was tried.
    pub uptime_24h: Option<f64>,
    /// Seconds that this is of: what was tried, each for its interval.
    #[serde(skip)]
    pub tried_seconds: i64,
    pub consecutive_failures: i64,
    pub last_heartbeat_at: Option<Timestamp>,
    /// Milliseconds, to a tenth.
    pub last_latency_ms: Option<f64>,
    /// Of the last 24 hours, within 2 %; brought up to date every hour.
    pub p95_latency_ms: Option<f64>,
    /// What the latest failure showed; kept after a recovery.
    pub last_failure: Option<String>,
    pub open_incident_id: Option<IncidentId>,
}

impl ConnectionHealth {
    /// The uptime where it says something of a day. A few minutes do not.
    pub fn known_uptime(&self) -> Option<f64> {
        self.uptime_24h.filter(|_| self.tried_seconds >= LEAST_TRIED)
    }
}

/// Percent of what was tried, over four spans; absent where nothing was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Uptime {
    pub last_24h: Option<f64>,
    pub last_7d: Option<f64>,
    pub last_30d: Option<f64>,
    pub last_90d: Option<f64>,
    /// Since when anything is known; a span that begins before it says no more than that.
    pub since: Option<Timestamp>,
}
