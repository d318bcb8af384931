//! How often something may be done, for each of many.

use std::{hash::Hash, sync::Arc, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

/// Above this many remembered keys the ones that have recovered are dropped.
const REMEMBERED: usize = 10_000;

/// Counts for each key by itself. Clones count together.
#[derive(Clone)]
pub struct Limiter<K: Clone + Eq + Hash>(Arc<DefaultKeyedRateLimiter<K>>);

impl<K: Clone + Eq + Hash> Limiter<K> {
    pub fn new(quota: Quota) -> Self {
        Self(Arc::new(RateLimiter::keyed(quota)))
    }

    /// # Errors
    /// Too many; one more is taken after this time.
    pub fn take(&self, key: &K) -> Result<(), Duration> {
        if self.0.len() > REMEMBERED {
            self.0.retain_recent();
        }
        self.0.check_key(key).map_err(|until| until.wait_time_from(self.0.clock().now()))
    }
}
