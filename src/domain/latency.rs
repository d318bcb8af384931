//! How long an answer took, to a tenth of a millisecond.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Tenths of a millisecond, as rows keep it; what programs and people read is [`Latency::as_millis`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
pub struct Latency(i32);

impl Latency {
    pub const fn from_tenths(tenths: i32) -> Self {
        Self(tenths)
    }

    pub fn from_millis(millis: u32) -> Self {
        Self(i32::try_from(millis).unwrap_or(i32::MAX).saturating_mul(10))
    }

    pub const fn tenths(self) -> i32 {
        self.0
    }

    /// Milliseconds, to a tenth.
    pub fn as_millis(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// Of `count` latencies that are `tenths` together; none of none.
    pub fn mean(tenths: i64, count: i64) -> Option<Self> {
        let half = count / 2;
        tenths.checked_add(half)?.checked_div(count).and_then(|mean| i32::try_from(mean).ok()).map(Self)
    }
}

/// Rounded; the longest that there is where `time` is longer.
impl From<Duration> for Latency {
    fn from(time: Duration) -> Self {
        Self(i32::try_from((time.as_micros() + 50) / 100).unwrap_or(i32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_kept_to_a_tenth_of_a_millisecond() {
        for (micros, millis) in [(0, 0.0), (49, 0.0), (50, 0.1), (12_349, 12.3), (12_350, 12.4), (60_000_000, 60_000.0)] {
            let latency = Latency::from(Duration::from_micros(micros));
            assert!((latency.as_millis() - millis).abs() < f64::EPSILON, "{micros} µs: {latency:?}");
        }
        assert_eq!(Latency::from(Duration::MAX), Latency::from_tenths(i32::MAX));
        assert_eq!(Latency::from_millis(u32::MAX), Latency::from_tenths(i32::MAX));
    }

    #[test]
    fn a_mean_is_rounded_and_of_nothing_there_is_none() {
        assert_eq!(Latency::mean(10, 4), Some(Latency::from_tenths(3)));
        assert_eq!(Latency::mean(9, 4), Some(Latency::from_tenths(2)));
        assert_eq!(Latency::mean(0, 0), None);
    }
}
