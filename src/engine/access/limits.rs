//! How often someone may try to sign in.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

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
    pub fn allow(&self, address: IpAddr, account: &str) -> bool {
        if self.addresses.len() + self.accounts.len() > REMEMBERED {
            self.addresses.retain_recent();
            self.accounts.retain_recent();
        }
        self.addresses.check_key(&address).is_ok() && self.accounts.check_key(&(address, account.to_owned())).is_ok()
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
        let tried = (0..100).filter(|_| limits.allow(attacker, "a@example.org")).count();
        assert_eq!(tried, 8);
        assert!(limits.allow(victim, "a@example.org"));
    }
}
