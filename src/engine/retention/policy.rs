//! How long records are kept, and how many have gone.

use std::{collections::BTreeMap, time::Duration};

use parking_lot::Mutex;

/// How long each is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub errors: Duration,
    /// Of one team, whatever their age: the newest.
    pub most_errors: u32,
    pub notifications: Duration,
    pub verifications: Duration,
    pub changes: Duration,
    pub maintenance_windows: Duration,
    /// Results of diagnostic runs, and time lines of incidents.
    pub details: Duration,
    /// The runs and incidents themselves.
    pub summaries: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Retention {
    fn default() -> Self {
        Self {
            errors: DAY.saturating_mul(30),
            most_errors: 100_000,
            notifications: DAY.saturating_mul(90),
            verifications: DAY.saturating_mul(90),
            changes: DAY.saturating_mul(365),
            maintenance_windows: DAY.saturating_mul(365),
            details: DAY.saturating_mul(365),
            summaries: DAY.saturating_mul(1_825),
        }
    }
}

/// What this process has removed since it started.
#[derive(Default)]
pub struct Removed(Mutex<BTreeMap<&'static str, u64>>);

impl Removed {
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().clone()
    }

    pub(super) fn add(&self, what: &'static str, count: u64) {
        *self.0.lock().entry(what).or_default() += count;
    }
}
