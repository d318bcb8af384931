//! How often one token, or one person, may report errors, and how many of their refusals are kept.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::Quota;

use crate::{access::limits::network, limiter::Limiter};
use domain::operator::Who;

/// Refusals kept of one source in a minute: more would tell a reader nothing new. All are logged and counted.
pub const REFUSALS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

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

/// Who provokes refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Actor(Who),
    /// Where nobody is signed in.
    Network(IpAddr),
}

#[derive(Clone)]
pub struct RefusalLimits(Limiter<Source>);

impl Default for RefusalLimits {
    fn default() -> Self {
        Self(Limiter::new(Quota::per_minute(REFUSALS_PER_MINUTE)))
    }
}

impl RefusalLimits {
    /// Whether one more refusal is kept.
    pub fn take(&self, who: Option<Who>, address: IpAddr) -> bool {
        let source = who.map_or_else(|| Source::Network(network(address)), Source::Actor);
        self.0.take(&source).is_ok()
    }
}
