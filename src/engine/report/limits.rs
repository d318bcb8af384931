//! How often one token, or one person, may report errors.

use std::{num::NonZeroU32, time::Duration};

use governor::Quota;

use crate::limiter::Limiter;
use domain::operator::Who;

#[derive(Clone)]
pub struct ReportLimits(Limiter<Who>);

impl ReportLimits {
    /// As many at once as in a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self(Limiter::new(Quota::per_minute(per_minute)))
    }

    /// # Errors
    /// Too many; one more is taken after this time.
    pub fn check(&self, who: Who) -> Result<(), Duration> {
        self.0.take(&who)
    }
}
