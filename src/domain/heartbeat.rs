//! A scheduled pass or fail with its latency.
//!
//! A connection is due at [`Slot`]s, one each interval. Every slot ends as exactly one [`Heartbeat`], so that a lost one can be counted.

use serde::{Deserialize, Serialize, Serializer};
use strum::{Display, EnumString, IntoStaticStr};

use super::time::Timestamp;

/// When a heartbeat is due, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
pub struct Slot(pub i64);

/// How far sweeps may run ahead of the clock. Seconds.
pub const MOST_AHEAD: i64 = 60;

impl Slot {
    /// The last whole second at or before `moment`.
    pub const fn at(moment: Timestamp) -> Self {
        Self(moment.as_millis().div_euclid(1_000))
    }

    /// Beyond every slot that there may be at `now`: sweeps by hand, each of which takes a second of its own, may run ahead.
    pub const fn beyond(now: Timestamp) -> Self {
        Self::at(now).plus(MOST_AHEAD + 1)
    }

    pub fn timestamp(self) -> Timestamp {
        chrono::DateTime::from_timestamp(self.0, 0).unwrap_or_default().into()
    }

    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The beginning of the stretch of `seconds` that it lies in, such as its hour.
    #[must_use]
    pub const fn floor(self, seconds: i64) -> Self {
        Self(self.0 - self.0.rem_euclid(seconds))
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.timestamp())
    }
}

/// How a slot ended. Stored as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[repr(i16)]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema))]
pub enum Outcome {
    Pass = 0,
    Fail = 1,
    /// Not tried, because a maintenance window covers the slot.
    Maintenance = 2,
    /// Not tried, for a [`MissedReason`].
    Missed = 3,
}

/// Why a slot was missed. Stored as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[repr(i16)]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema))]
pub enum MissedReason {
    /// No console was running.
    ConsoleDown = 1,
    /// The slot before it, or other connections, took until after this one was over.
    Overloaded = 2,
    /// The console itself had no network, so the answer would say nothing of the service.
    ConsoleOffline = 3,
    /// The connection was suspended or edited before its turn came.
    Suspended = 4,
    /// The stored credential could not be opened, or this program does not know the kind.
    Unprepared = 5,
}

/// One slot, as it ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    #[cfg_attr(feature = "server", schema(value_type = String, format = DateTime))]
    pub at: Slot,
    pub outcome: Outcome,
    /// Milliseconds, to a tenth; absent where nothing was tried.
    pub latency_ms: Option<f64>,
    /// Why it was missed.
    pub reason: Option<MissedReason>,
}

/// How much time one rollup covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Hour,
    Day,
}

impl Span {
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }
}

/// Slots of an hour or a day, counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HeartbeatRollup {
    /// The beginning of the hour or day, in UTC.
    #[cfg_attr(feature = "server", schema(value_type = String, format = DateTime))]
    pub at: Slot,
    pub passed: i64,
    pub failed: i64,
    pub maintenance: i64,
    pub missed: i64,
    /// Percent of what was tried; absent where nothing was.
    pub uptime: Option<f64>,
    /// Milliseconds, of the slots that were tried.
    pub latency_mean_ms: Option<f64>,
    pub latency_min_ms: Option<f64>,
    pub latency_max_ms: Option<f64>,
    /// 95 of 100 were at most this; within 2 %.
    pub latency_p95_ms: Option<f64>,
}

/// Percent of what was tried that passed, to a hundredth. Missed slots and maintenance say nothing of the service and do not count.
pub fn uptime(passed: i64, failed: i64) -> Option<f64> {
    let tried = passed + failed;
    #[expect(clippy::cast_precision_loss, reason = "2^52 heartbeats are out of reach")]
    // Rounded down: 100 % means that nothing failed.
    (tried > 0).then(|| (passed as f64 / tried as f64 * 10_000.0).floor() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_percent_means_that_nothing_failed() {
        assert_eq!(uptime(0, 0), None);
        assert_eq!(uptime(4_319, 1), Some(99.97));
        assert_eq!(uptime(1_000_000, 1), Some(99.99));
        assert_eq!(uptime(10, 0), Some(100.0));
        assert_eq!(uptime(0, 3), Some(0.0));
    }

    #[test]
    fn a_slot_finds_its_hour_before_1970_too() {
        assert_eq!(Slot(7_201).floor(3_600), Slot(7_200));
        assert_eq!(Slot(-1).floor(3_600), Slot(-3_600));
    }
}
