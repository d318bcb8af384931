//! What fails together is told together: which incidents form a group, and how often a channel hears of it. As in Prometheus' Alertmanager, except
//! that the first of a group waits for nobody: whoever is on call hears of it at once. All of a group are as urgent: none waits for what is less so.
//!
//! However many connections fail within a minute, a channel is sent at most two messages about each group, the first incident at once and the others
//! together a minute later, and of each urgency a team has at most [`MOST_GATHERING`] groups that gather.

use std::time::Duration;

use super::{delivery::DeliveryReason, ids::IncidentId, time::Timestamp};

/// A group takes another incident for so long after the last that joined it.
pub const GATHERS_FOR: Duration = Duration::from_secs(5 * 60);
/// Between two messages of one reason about one group on one channel.
pub const INTERVAL: Duration = Duration::from_secs(60);
/// Groups of one team and urgency that gather at the same time. What fails beyond them joins the newest, alike or not: so much at once is one storm.
pub const MOST_GATHERING: usize = 5;

/// A group that still takes incidents of this team and urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Gathering {
    /// The incident that began it.
    pub group_id: IncidentId,
    /// Whether one of it failed alike.
    pub is_alike: bool,
    /// When the last one joined.
    pub joined_at: Timestamp,
}

/// The group that an incident joins; none where it begins its own.
pub fn joined(gathering: &[Gathering]) -> Option<IncidentId> {
    let newest = |one: &&Gathering| one.joined_at;
    let alike = gathering.iter().filter(|one| one.is_alike).max_by_key(newest);
    let in_a_storm = || gathering.iter().max_by_key(newest).filter(|_| gathering.len() >= MOST_GATHERING);
    alike.or_else(in_a_storm).map(|one| one.group_id)
}

/// A cause without what names a place or a number, by which failures are alike: of `127.0.0.1:22527 refused the connection` and
/// `db-2.example.org:5432 refused the connection` the same is left.
pub fn likeness(cause: &str) -> String {
    let is_plain = |word: &&str| word.chars().all(char::is_alphabetic);
    let words: Vec<_> = cause.split_whitespace().map(|word| word.trim_matches([',', ';', '.', ':'])).filter(is_plain).collect();
    if words.is_empty() { cause.to_owned() } else { words.join(" ").to_lowercase() }
}

/// When a message about a group is sent that nothing else of it waits for: at once, unless the channel has heard the same of it `lately`, within
/// [`INTERVAL`], or others that are down still may recover with it.
pub fn sent_from(now: Timestamp, reason: DeliveryReason, lately: bool, others_are_down: bool) -> Timestamp {
    let waits = lately || (reason == DeliveryReason::Recovered && others_are_down);
    if waits { now + INTERVAL } else { now }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Id;

    fn gathering(number: u128, is_alike: bool, joined_at: i64) -> Gathering {
        Gathering { group_id: Id::from_uuid(uuid::Uuid::from_u128(number)), is_alike, joined_at: Timestamp::from_millis(joined_at) }
    }

    fn number(joined: Option<IncidentId>) -> Option<u128> {
        joined.map(|group| group.as_uuid().as_u128())
    }

    #[test]
    fn what_fails_alike_is_one_group_and_a_storm_is_one_too() {
        assert_eq!(number(joined(&[])), None);
        assert_eq!(number(joined(&[gathering(1, false, 0)])), None);
        assert_eq!(number(joined(&[gathering(1, true, 0), gathering(2, false, 9), gathering(3, true, 5)])), Some(3));
        let unlike: Vec<_> = (1..=5).map(|number| gathering(number, false, i64::try_from(number).expect("small"))).collect();
        assert_eq!((number(joined(&unlike[..4])), number(joined(&unlike))), (None, Some(5)));
    }

    #[test]
    fn causes_are_alike_without_places_and_numbers() {
        let refused = likeness("127.0.0.1:22527 refused the connection");
        assert_eq!(refused, "refused the connection");
        assert_eq!(likeness("db-2.example.org:5432 refused the connection."), refused);
        assert_eq!(likeness("Did not answer within 5 s"), likeness("did not answer within 10 s"));
        assert_ne!(likeness("x1 timed out"), refused);
        assert_eq!(likeness("503"), "503");
    }

    #[test]
    fn the_first_is_told_at_once_and_recoveries_wait_for_each_other() {
        let now = Timestamp::from_millis(0);
        let waits = |reason, lately, others| sent_from(now, reason, lately, others) > now;
        assert!(!waits(DeliveryReason::Opened, false, true) && waits(DeliveryReason::Opened, true, true));
        assert!(!waits(DeliveryReason::Acknowledged, false, true));
        assert!(waits(DeliveryReason::Recovered, false, true) && !waits(DeliveryReason::Recovered, false, false));
    }

    proptest! {
        /// Whatever fails whenever: groups are bounded, as nothing founds one while the most of them gather.
        #[test]
        fn a_team_never_has_more_groups_that_gather(openings in prop::collection::vec((0..30_000_i64, 0..40_usize), 1..300)) {
            let mut now = 0;
            let mut opened: Vec<(u128, usize, i64)> = Vec::new();
            for (number, (wait, cause)) in openings.into_iter().enumerate() {
                now += wait;
                let gathers_for = i64::try_from(GATHERS_FOR.as_millis()).expect("small");
                let recent: Vec<_> = opened.iter().filter(|(_, _, at)| now - at <= gathers_for).copied().collect();
                let mut groups: Vec<u128> = recent.iter().map(|(group, _, _)| *group).collect();
                groups.sort_unstable();
                groups.dedup();
                prop_assert!(groups.len() <= MOST_GATHERING);
                let of = |group: u128| {
                    let members = || recent.iter().filter(move |(of, _, _)| *of == group);
                    gathering(group, members().any(|(_, alike, _)| *alike == cause), members().map(|(_, _, at)| *at).max().unwrap_or_default())
                };
                let found: Vec<_> = groups.into_iter().map(of).collect();
                let own = u128::try_from(number).expect("small") + 1;
                opened.push((joined(&found).map_or(own, |group| group.as_uuid().as_u128()), cause, now));
            }
        }
    }
}
