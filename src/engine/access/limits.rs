//! How often someone may try to sign in.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::ids::OperatorId;
use governor::Quota;
use parking_lot::Mutex;

use crate::limiter::Limiter;

/// Attempts a minute from one address, whatever the account: an office behind one address still works.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Passwords a minute on one account from one address, and codes.
const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(8).unwrap();
/// Wrong codes of the app an hour of one person, from wherever: there are only a million, and whoever gives one has the password.
const GUESSES: usize = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Attempts on one account under way at the same time, wherever they come from: more would wait for their turn at hashing, and keep its owner waiting.
/// It holds for as long as they take and no longer, so that nobody is locked out.
const AT_ONCE: usize = 16;
/// Beside these, of addresses from which the right password of the account has come before: whoever keeps all others busy keeps no owner out.
const KEPT_FREE: usize = 2;
/// When there is room again: a turn takes a part of this.
const SOON: Duration = Duration::from_secs(1);
/// Above this many remembered people those whose hour is over are dropped; and of addresses that were proven all, to be proven again.
const REMEMBERED: usize = 10_000;

#[derive(Clone)]
pub struct SignInLimits {
    addresses: Limiter<IpAddr>,
    accounts: Limiter<(IpAddr, String)>,
    codes_from: Limiter<(IpAddr, OperatorId)>,
    guesses: Guesses,
    under_way: Arc<Mutex<HashMap<String, usize>>>,
    /// Whence the right password of an account has come since the start.
    proven: Arc<Mutex<HashSet<(IpAddr, String)>>>,
}

/// An attempt on an account, until it is dropped.
pub struct Attempt {
    under_way: Arc<Mutex<HashMap<String, usize>>>,
    account: String,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut under_way = self.under_way.lock();
        if let Some(attempts) = under_way.get_mut(&self.account) {
            *attempts -= 1;
            if *attempts == 0 {
                under_way.remove(&self.account);
            }
        }
    }
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            addresses: Limiter::new(Quota::per_minute(PER_ADDRESS)),
            accounts: Limiter::new(Quota::per_minute(PER_ACCOUNT)),
            codes_from: Limiter::new(Quota::per_minute(PER_ACCOUNT)),
            guesses: Guesses::default(),
            under_way: Arc::default(),
            proven: Arc::default(),
        }
    }
}

impl SignInLimits {
    /// One more attempt on the account, after [`SignInLimits::check`].
    ///
    /// # Errors
    /// There are as many as there may be; it is worth another try after this time.
    pub fn begin(&self, address: IpAddr, account: &str) -> Result<Attempt, Duration> {
        let is_proven = self.proven.lock().contains(&(network(address), account.to_owned()));
        let most = if is_proven { AT_ONCE + KEPT_FREE } else { AT_ONCE };
        let mut under_way = self.under_way.lock();
        let attempts = under_way.entry(account.to_owned()).or_default();
        if *attempts >= most {
            return Err(SOON);
        }
        *attempts += 1;
        Ok(Attempt { under_way: Arc::clone(&self.under_way), account: account.to_owned() })
    }

    /// The right password of `account` has come from there.
    pub fn prove(&self, address: IpAddr, account: &str) {
        let mut proven = self.proven.lock();
        if proven.len() >= REMEMBERED {
            proven.clear();
        }
        proven.insert((network(address), account.to_owned()));
    }

    /// Of a password for `account`.
    ///
    /// # Errors
    /// Too many; one more is allowed after this time.
    pub fn check(&self, address: IpAddr, account: &str) -> Result<(), Duration> {
        let network = self.check_address(address)?;
        self.accounts.take(&(network, account.to_owned()))
    }

    /// Of a code of `person`, whatever its kind.
    ///
    /// # Errors
    /// As [`SignInLimits::check`].
    pub fn check_code(&self, address: IpAddr, person: OperatorId) -> Result<(), Duration> {
        let network = self.check_address(address)?;
        self.codes_from.take(&(network, person))
    }

    /// Of a code of `person`'s app, as long as nobody knows whether it is right.
    ///
    /// # Errors
    /// As [`SignInLimits::check`].
    pub fn guess(&self, person: OperatorId) -> Result<Guess, Duration> {
        self.guesses.begin(person, Instant::now())
    }

    /// The same where nobody has named an account. Answers what counts as one address.
    ///
    /// # Errors
    /// As [`SignInLimits::check`].
    pub fn check_address(&self, address: IpAddr) -> Result<IpAddr, Duration> {
        let network = network(address);
        self.addresses.take(&network).map(|()| network)
    }
}

/// When codes of people were guessed, in the last hour. Each counts before anybody knows whether it is right, so that many at once are no way round.
#[derive(Clone, Default)]
struct Guesses(Arc<Mutex<HashMap<OperatorId, VecDeque<Instant>>>>);

/// One that counts, unless it was right.
#[must_use]
pub struct Guess {
    guesses: Guesses,
    person: OperatorId,
}

impl Guesses {
    fn begin(&self, person: OperatorId, now: Instant) -> Result<Guess, Duration> {
        let is_over = |at: &Instant| now.duration_since(*at) >= HOUR;
        let mut all = self.0.lock();
        if all.len() > REMEMBERED {
            all.retain(|_, made| !made.back().is_none_or(is_over));
        }
        let made = all.entry(person).or_default();
        while made.front().is_some_and(is_over) {
            made.pop_front();
        }
        if let Some(first) = made.front().filter(|_| made.len() >= GUESSES) {
            return Err(HOUR.saturating_sub(now.duration_since(*first)));
        }
        made.push_back(now);
        drop(all);
        Ok(Guess { guesses: self.clone(), person })
    }
}

impl Guess {
    pub fn was_right(self) {
        if let Some(made) = self.guesses.0.lock().get_mut(&self.person) {
            made.pop_back();
        }
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
    fn an_account_is_tried_so_often_at_once_and_again_when_one_has_ended() {
        let (limits, elsewhere, home) = (SignInLimits::default(), IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut attempts: Vec<_> = std::iter::repeat_with(|| limits.begin(elsewhere, "a@example.org")).take(1_000).filter_map(Result::ok).collect();
        assert_eq!(attempts.len(), AT_ONCE);
        assert!(limits.begin(elsewhere, "b@example.org").is_ok(), "another account");
        limits.prove(home, "a@example.org");
        assert!(limits.begin(home, "a@example.org").is_ok(), "its owner, from where they have been before");
        attempts.pop();
        attempts.extend(limits.begin(elsewhere, "a@example.org"));
        assert_eq!(attempts.len(), AT_ONCE);
        drop(attempts);
        assert!(limits.under_way.lock().is_empty(), "nothing is kept of what has ended");
    }

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
    fn wrong_codes_of_a_person_are_counted_for_an_hour_wherever_they_come_from() {
        let (guesses, person, start) = (Guesses::default(), OperatorId::new(), Instant::now());
        let after = |minutes: u64| start + Duration::from_secs(60 * minutes);
        for _ in 0..100 {
            guesses.begin(person, start).expect("right ones do not count").was_right();
        }
        assert_eq!((0..100).filter(|_| guesses.begin(person, start).is_ok()).count(), 20);
        assert_eq!(guesses.begin(person, after(50)).err(), Some(Duration::from_secs(10 * 60)));
        assert!(guesses.begin(OperatorId::new(), after(50)).is_ok(), "of somebody else");
        assert!(guesses.begin(person, after(60)).is_ok());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        let limits = SignInLimits::default();
        let from = |host: u128| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) | host));
        assert_eq!((0..100).filter(|host| limits.check(from(*host), "a@example.org").is_ok()).count(), 8);
        assert!(limits.check(from(1 << 64), "a@example.org").is_ok());
    }
}
