//! How often what anyone can provoke is written into the audit log, of which nothing is ever removed.

use std::{net::IpAddr, time::Duration};

use governor::Quota;

use super::{access::limits::network, limiter::Limiter};
use domain::{audit::AuditAct, ids::TeamId, operator::Who};

/// Whoever is refused at one account from one address is written down this often, and so is whoever is asked for a code.
const REFUSAL_EVERY: Duration = Duration::from_secs(60);
/// Whoever reads the list of errors, page by page or word by word.
const LISTING_EVERY: Duration = Duration::from_secs(600);

#[derive(Clone)]
pub struct AuditLimits {
    refusals: Limiter<(IpAddr, AuditAct, Option<String>)>,
    listings: Limiter<(TeamId, Who)>,
}

impl Default for AuditLimits {
    fn default() -> Self {
        Self { refusals: Limiter::new(once_in(REFUSAL_EVERY)), listings: Limiter::new(once_in(LISTING_EVERY)) }
    }
}

fn once_in(period: Duration) -> Quota {
    // Absent for no time at all alone.
    Quota::with_period(period).unwrap_or(Quota::per_minute(std::num::NonZeroU32::MIN))
}

impl AuditLimits {
    /// Whether this refusal is written down: another act is another line, so that a wrong password hides no right one. `who` is an account, or an identity
    /// at the provider; those that nobody has count as one.
    pub fn takes_refusal(&self, address: IpAddr, act: AuditAct, who: Option<String>) -> bool {
        self.refusals.take(&(network(address), act, who)).is_ok()
    }

    /// Whether this look at the list of errors is written down.
    pub fn takes_listing(&self, team: TeamId, who: Who) -> bool {
        self.listings.take(&(team, who)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_is_written_down() {
        let limits = AuditLimits::default();
        let (address, act) = (IpAddr::from([192, 0, 2, 1]), AuditAct::SignInRefused);
        let account = || Some("an account".to_owned());
        assert_eq!((0..100).filter(|_| limits.takes_refusal(address, act, None)).count(), 1);
        assert!(limits.takes_refusal(address, act, account()) && !limits.takes_refusal(address, act, account()));
        assert!(limits.takes_refusal(address, AuditAct::SecondFactorAsked, account()), "another act");
        assert!(limits.takes_refusal(IpAddr::from([192, 0, 2, 2]), act, account()), "from elsewhere");
        let team = TeamId::new();
        assert_eq!((0..100).filter(|_| limits.takes_listing(team, Who::CommandLine)).count(), 1);
        assert!(limits.takes_listing(TeamId::new(), Who::CommandLine), "another team's log");
    }
}
