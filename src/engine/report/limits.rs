//! How often one token, or one person, may report errors.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

use domain::operator::Who;

/// Above this many remembered keys the ones that have recovered are dropped.
const REMEMBERED: usize = 1_000;

#[derive(Clone)]
pub struct ReportLimits(Arc<DefaultKeyedRateLimiter<Who>>);

impl ReportLimits {
    /// As many at once as in a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self(Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute))))
    }

    /// # Errors
    /// Too many; one more is taken after this time.
    pub fn check(&self, who: Who) -> Result<(), Duration> {
        if self.0.len() > REMEMBERED {
            self.0.retain_recent();
        }
        self.0.check_key(&who).map_err(|until| until.wait_time_from(self.0.clock().now()))
    }
}
