//! How long a service has to answer: at every depth as long as a heartbeat waits, so that what passes once passes again.

use std::time::Duration;

use domain::policy::HeartbeatPolicy;
use probes::runner::Deadlines;

/// A person waits for a verification, so it ends soon whatever the service does.
const SHORTEST_VERIFICATION: Duration = Duration::from_secs(25);
pub const LONGEST_VERIFICATION: Duration = Duration::from_secs(120);

/// Nobody waits for diagnostics with a finger on the button, and some of their scenarios ask several times.
const SEVERAL: Duration = Duration::from_secs(20);
const DIAGNOSTICS: Duration = Duration::from_secs(120);

/// For a verification of so many scenarios.
pub fn verification(policy: &HeartbeatPolicy, scenarios: usize) -> Deadlines {
    let patience = patience(policy);
    let all = patience.saturating_mul(u32::try_from(scenarios).unwrap_or(u32::MAX));
    Deadlines { scenario: patience, deep: patience, total: all.clamp(SHORTEST_VERIFICATION, LONGEST_VERIFICATION) }
}

pub fn diagnostics(policy: &HeartbeatPolicy) -> Deadlines {
    let patience = patience(policy);
    Deadlines { scenario: patience, deep: patience.max(SEVERAL), total: DIAGNOSTICS + patience * 4 }
}

fn patience(policy: &HeartbeatPolicy) -> Duration {
    Duration::from_secs(policy.timeout_seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_waits_as_long_as_a_heartbeat() {
        for seconds in [1, 5, 60] {
            let policy = HeartbeatPolicy { timeout_seconds: seconds, ..HeartbeatPolicy::default() };
            let patience = Duration::from_secs(seconds.into());
            for deadlines in [verification(&policy, 8), diagnostics(&policy)] {
                assert_eq!(deadlines.scenario, patience);
                assert!(deadlines.total >= patience * 2, "{deadlines:?}");
            }
            assert!(verification(&policy, 8).total <= LONGEST_VERIFICATION);
        }
    }
}
