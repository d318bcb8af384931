//! Whether it is the console that has lost the network: most of what passed before stops answering at once.

use std::collections::HashMap;

use domain::heartbeat::Slot;

/// Fewest connections, and fewest targets, that say anything of the console.
const LEAST_CONNECTIONS: usize = 5;
const LEAST_TARGETS: usize = 3;
/// Percent of the connections tried since the first of them fell silent.
const QUORUM: usize = 90;
/// A connection that passed at most so many seconds before it fell silent counts as having been well.
const LATELY: i64 = 900;

/// What this node saw of each connection last, by its key.
#[derive(Debug, Default)]
pub struct Outage(HashMap<i32, Seen>);

#[derive(Debug)]
struct Seen {
    /// A short name of the target: equal for equal targets.
    target: u64,
    passed_at: Option<Slot>,
    /// Since when it has not answered at all.
    silent_since: Option<Slot>,
    tried_at: Slot,
}

impl Seen {
    /// Since when, and of which target, if it was well before.
    fn fell_silent(&self) -> Option<(Slot, u64)> {
        let since = self.silent_since?;
        self.passed_at.is_some_and(|at| at.plus(LATELY) >= since).then_some((since, self.target))
    }
}

impl Outage {
    /// Notes how a slot ended: answered, whatever it said, or not at all.
    pub fn note(&mut self, key: i32, target: u64, slot: Slot, passed: bool, unanswered: bool) {
        let seen = self.0.entry(key).or_insert(Seen { target, passed_at: None, silent_since: None, tried_at: slot });
        (seen.target, seen.tried_at) = (target, slot);
        if passed {
            seen.passed_at = Some(slot);
        }
        seen.silent_since = if unanswered { seen.silent_since.or(Some(slot)) } else { None };
    }

    /// Whether so many that were well fell silent, and so few answered since, that the fault must be the console's own.
    pub fn is_on(&self) -> bool {
        let silent: Vec<_> = self.0.values().filter_map(Seen::fell_silent).collect();
        let Some(since) = silent.iter().map(|(since, _)| *since).min() else { return false };
        let answering = self.0.values().filter(|seen| seen.silent_since.is_none() && seen.tried_at > since).count();
        let mut targets: Vec<_> = silent.iter().map(|(_, target)| *target).collect();
        targets.sort_unstable();
        targets.dedup();
        silent.len() >= LEAST_CONNECTIONS && targets.len() >= LEAST_TARGETS && silent.len() * 100 >= (silent.len() + answering) * QUORUM
    }

    /// Forgets what has not been tried for long.
    pub fn sweep(&mut self, now: Slot) {
        self.0.retain(|_, seen| seen.tried_at.plus(2 * 86_400) >= now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` connections that passed at slot 0, then fell silent one second after the other; each on its own target.
    fn silent(count: i32) -> Outage {
        let mut outage = Outage::default();
        for key in 0..count {
            outage.note(key, u64::from(key.unsigned_abs()), Slot(0), true, false);
        }
        for key in 0..count {
            outage.note(key, u64::from(key.unsigned_abs()), Slot(20 + i64::from(key)), false, true);
        }
        outage
    }

    #[test]
    fn many_silent_at_once_is_the_consoles_own_fault() {
        assert!(silent(5).is_on());
        assert!(!silent(4).is_on(), "too few to tell");
    }

    #[test]
    fn one_that_answers_in_the_meantime_proves_the_network() {
        let mut outage = silent(6);
        outage.note(100, 100, Slot(25), true, false);
        assert!(!outage.is_on());
        let mut refused = silent(6);
        refused.note(100, 100, Slot(25), false, false);
        assert!(!refused.is_on(), "an error is an answer");
    }

    #[test]
    fn it_lasts_for_as_long_as_the_silence() {
        let mut outage = silent(6);
        for slot in (60..7_200).step_by(60) {
            for key in 0..6 {
                outage.note(key, u64::from(key.unsigned_abs()), Slot(slot), false, true);
            }
        }
        assert!(outage.is_on());
    }

    #[test]
    fn one_target_of_many_connections_says_nothing() {
        let mut outage = Outage::default();
        for key in 0..50 {
            outage.note(key, 7, Slot(0), true, false);
            outage.note(key, 7, Slot(20), false, true);
        }
        assert!(!outage.is_on());
    }

    #[test]
    fn what_never_answered_does_not_count_and_an_answer_ends_it() {
        let mut outage = Outage::default();
        for key in 0..50 {
            outage.note(key, u64::from(key.unsigned_abs()), Slot(20), false, true);
        }
        assert!(!outage.is_on());
        let mut outage = silent(10);
        for key in 0..10 {
            outage.note(key, u64::from(key.unsigned_abs()), Slot(40), true, false);
        }
        assert!(!outage.is_on());
    }
}
