//! How a connection is watched, and when its failures become an incident.

use serde::{Deserialize, Serialize};

use super::severity::IncidentSeverity;

/// Largest window of a policy: as many slots as a snapshot remembers.
pub const LONGEST_WINDOW: u32 = 32;

/// How often a connection is watched. Seconds; limits are checked by [`super::settings::check_heartbeat`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HeartbeatPolicy {
    pub interval_seconds: u32,
    pub timeout_seconds: u32,
    /// Further attempts inside one heartbeat before it counts as failed.
    pub retries: u32,
    pub alert: AlertPolicy,
}

impl Default for HeartbeatPolicy {
    fn default() -> Self {
        Self { interval_seconds: 300, timeout_seconds: 5, retries: 1, alert: AlertPolicy::default() }
    }
}

/// When a connection's failures become an incident. Absent members take these defaults: two in a row, one pass to recover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AlertPolicy {
    /// This many failures …
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 32))]
    pub failures: u32,
    /// … among the last so many slots; 0 means as many, that is, in a row.
    #[cfg_attr(feature = "server", schema(maximum = 32))]
    pub of_last: u32,
    /// Passes in a row that end an incident.
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 32))]
    pub recovery_passes: u32,
    /// An answer that took longer is degraded. Milliseconds; absent for no limit.
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 60_000))]
    pub slow_ms: Option<u32>,
    /// Absent: P2 in production, P3 in staging, P4 in development.
    pub severity: Option<IncidentSeverity>,
}

impl Default for AlertPolicy {
    fn default() -> Self {
        Self { failures: 2, of_last: 0, recovery_passes: 1, slow_ms: None, severity: None }
    }
}

/// What is entered of a heartbeat. Absent members take the value that stands.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HeartbeatEdit {
    #[cfg_attr(feature = "server", schema(minimum = 5, maximum = 86_400))]
    pub interval_seconds: Option<u32>,
    #[cfg_attr(feature = "server", schema(minimum = 1, maximum = 60))]
    pub timeout_seconds: Option<u32>,
    #[cfg_attr(feature = "server", schema(maximum = 5))]
    pub retries: Option<u32>,
    /// Replaces the whole policy; absent members of it take their defaults.
    pub alert: Option<AlertPolicy>,
}

impl HeartbeatEdit {
    pub fn over(self, stands: HeartbeatPolicy) -> HeartbeatPolicy {
        HeartbeatPolicy {
            interval_seconds: self.interval_seconds.unwrap_or(stands.interval_seconds),
            timeout_seconds: self.timeout_seconds.unwrap_or(stands.timeout_seconds),
            retries: self.retries.unwrap_or(stands.retries),
            alert: self.alert.unwrap_or(stands.alert),
        }
    }
}
