//! How often someone may try to sign in.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, QuantaInstant},
};

/// Attempts a minute from one address, whatever the account: an office behind one address still works.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Attempts a minute on one account from one address.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(8).unwrap();
/// Above this many remembered keys the ones that have recovered are dropped.
const REMEMBERED: usize = 10_000;

#[derive(Clone)]
pub struct SignInLimits {
    addresses: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    accounts: Arc<DefaultKeyedRateLimiter<(IpAddr, String)>>,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self { addresses: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_ADDRESS))), accounts: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT))) }
    }
}

impl SignInLimits {
    /// # Errors
    /// Too many; one more is allowed after this time.
    pub fn check(&self, address: IpAddr, account: &str) -> Result<(), Duration> {
        self.check_address(address)?;
        self.accounts.check_key(&(network(address), account.to_owned())).map_err(|until| self.wait(&until))
    }

    /// The same where nobody has named an account.
    ///
    /// # Errors
    /// As [`SignInLimits::check`].
    pub fn check_address(&self, address: IpAddr) -> Result<(), Duration> {
        if self.addresses.len() + self.accounts.len() > REMEMBERED {
            self.addresses.retain_recent();
            self.accounts.retain_recent();
        }
        self.addresses.check_key(&network(address)).map_err(|until| self.wait(&until))
    }

    fn wait(&self, until: &NotUntil<QuantaInstant>) -> Duration {
        until.wait_time_from(self.addresses.clock().now())
    }
}

/// The address, or the 64 bits of an IPv6 address that every host has at least to itself.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn an_attacker_is_stopped_and_the_victim_elsewhere_is_not() {
        let limits = SignInLimits::default();
        let (attacker, victim) = (IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::from(Ipv4Addr::new(192, 0, 2, 2)));
        let tried = (0..100).filter(|_| limits.check(attacker, "a@example.org").is_ok()).count();
        assert_eq!(tried, 8);
        let wait = limits.check(attacker, "a@example.org").expect_err("too many");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60), "{wait:?}");
        assert!(limits.check(victim, "a@example.org").is_ok());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let limits = SignInLimits::default();
        let from = |host: u128| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | host));
        assert_eq!((0..100).filter(|host| limits.check(from(*host), "a@example.org").is_ok()).count(), 8);
        assert!(limits.check(from(1 << 64), "a@example.org").is_ok());
    }
}
