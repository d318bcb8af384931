//! How often someone may try to sign in.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use domain::ids::OperatorId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

/// Attempts a minute from one address, whatever the account: an office behind one address still works.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Passwords a minute on one account from one address, and codes.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(8).unwrap();
/// Codes an hour of one person, from wherever: there are only a million, and whoever gives one has the password.
const CODES: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Above this many remembered keys the ones that have recovered are dropped.
const REMEMBERED: usize = 10_000;

#[derive(Clone)]
pub struct SignInLimits {
    addresses: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    accounts: Arc<DefaultKeyedRateLimiter<(IpAddr, String)>>,
    codes_from: Arc<DefaultKeyedRateLimiter<(IpAddr, OperatorId)>>,
    codes: Arc<DefaultKeyedRateLimiter<OperatorId>>,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            addresses: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_ADDRESS))),
            accounts: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT))),
            codes_from: Arc::new(RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT))),
            codes: Arc::new(RateLimiter::keyed(Quota::per_hour(CODES))),
        }
    }
}

impl SignInLimits {
    /// Of a password for `account`.
    ///
    /// # Errors
    /// Too many; one more is allowed after this time.
    pub fn check(&self, address: IpAddr, account: &str) -> Result<(), Duration> {
        let network = self.check_address(address)?;
        take(&self.accounts, &(network, account.to_owned()))
    }

    /// Of a code of `person`.
    ///
    /// # Errors
    /// As [`SignInLimits::check`].
    pub fn check_code(&self, address: IpAddr, person: OperatorId) -> Result<(), Duration> {
        let network = self.check_address(address)?;
        take(&self.codes_from, &(network, person))?;
        take(&self.codes, &person)
    }

    /// The same where nobody has named an account. Answers what counts as one address.
    ///
    /// # Errors
    /// As [`SignInLimits::check`].
    pub fn check_address(&self, address: IpAddr) -> Result<IpAddr, Duration> {
        let network = network(address);
        take(&self.addresses, &network).map(|()| network)
    }
}

fn take<K: Clone + Hash + Eq>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Duration> {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    limiter.check_key(key).map_err(|until| until.wait_time_from(limiter.clock().now()))
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
    fn codes_of_a_person_are_counted_wherever_they_come_from() {
        let (limits, person) = (SignInLimits::default(), OperatorId::new());
        let from = |host: u8| IpAddr::from(Ipv4Addr::new(192, 0, 2, host));
        assert_eq!((0..100).filter(|host| limits.check_code(from(*host), person).is_ok()).count(), 20);
        let wait = limits.check_code(from(200), person).expect_err("too many");
        assert!(wait > Duration::from_secs(60) && wait <= Duration::from_secs(180), "{wait:?}");
        assert!(limits.check_code(from(201), OperatorId::new()).is_ok());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let limits = SignInLimits::default();
        let from = |host: u128| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | host));
        assert_eq!((0..100).filter(|host| limits.check(from(*host), "a@example.org").is_ok()).count(), 8);
        assert!(limits.check(from(1 << 64), "a@example.org").is_ok());
    }
}
