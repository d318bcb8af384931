//! The rules over every order of events that chance comes up with.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::ids::{Id, IncidentId};

const INCIDENT: IncidentId = Id::from_uuid(uuid::Uuid::from_u128(1));

/// Carries a snapshot through `outcomes`, keeping the incident as the engine does; answers every snapshot and change.
fn live(outcomes: &[Outcome], policy: &AlertPolicy, mut snapshot: HealthSnapshot) -> Vec<(HealthSnapshot, Option<Change>)> {
    let step = |(at, outcome): (usize, &Outcome)| {
        let beat = SlotResult { slot: Slot(i64::try_from(at).expect("small") * 60), outcome: *outcome, latency: Some(Latency::from_tenths(10)) };
        let (mut after, change) = decide(&snapshot, beat, policy);
        match change {
            Some(Change::Opens { .. }) => after.open_incident_id = Some(INCIDENT),
            Some(Change::Recovers) => after.open_incident_id = None,
            None => {}
        }
        snapshot = after.clone();
        (after, change)
    };
    outcomes.iter().enumerate().map(step).collect()
}

fn of(text: &str) -> Vec<Outcome> {
    let read = |letter| match letter {
        'p' => Outcome::Pass,
        'f' => Outcome::Fail,
        'm' => Outcome::Maintenance,
        _ => Outcome::Missed,
    };
    text.chars().map(read).collect()
}

fn statuses(text: &str, policy: &AlertPolicy) -> String {
    let letter = |status| match status {
        HealthStatus::Healthy => 'h',
        HealthStatus::Degraded => 'd',
        HealthStatus::Incident => 'i',
        HealthStatus::Maintenance => 'm',
        HealthStatus::Unknown | HealthStatus::Suspended => 'u',
    };
    live(&of(text), policy, HealthSnapshot::default()).iter().map(|(snapshot, _)| letter(snapshot.status)).collect()
}

#[test]
fn one_failure_degrades_two_in_a_row_open_an_incident_and_a_pass_ends_it() {
    let policy = AlertPolicy::default();
    assert_eq!(statuses("pfpffp", &policy), "hdhdih");
    assert_eq!(statuses("fxf", &policy), "ddi", "a missed slot does not end a streak");
    assert_eq!(statuses("fmf", &policy), "dmi", "nor does maintenance");
    assert_eq!(statuses("ffmp", &policy), "dimh");
    assert_eq!(statuses("xp", &policy), "uh");
}

#[test]
fn thresholds_are_the_policys() {
    let of = |failures, of_last, recovery_passes| AlertPolicy { failures, of_last, recovery_passes, ..AlertPolicy::default() };
    assert_eq!(statuses("f", &of(1, 0, 1)), "i");
    assert_eq!(statuses("fff", &of(3, 0, 1)), "ddi");
    assert_eq!(statuses("fpf", &of(2, 3, 1)), "dhi", "two of three");
    assert_eq!(statuses("fppf", &of(2, 3, 1)), "dhhd");
    assert_eq!(statuses("ffpfpp", &of(2, 0, 2)), "diiiih");
}

#[test]
fn a_slow_answer_degrades_and_opens_nothing() {
    let policy = AlertPolicy { slow_ms: Some(100), ..AlertPolicy::default() };
    let slow = SlotResult { slot: Slot(0), outcome: Outcome::Pass, latency: Some(Latency::from_tenths(1_001)) };
    let (after, change) = decide(&HealthSnapshot::default(), slow, &policy);
    assert_eq!((after.status, change), (HealthStatus::Degraded, None));
    let (after, _) = decide(&after, SlotResult { latency: Some(Latency::from_tenths(1_000)), ..slow }, &policy);
    assert_eq!(after.status, HealthStatus::Healthy);
}

#[test]
fn an_incident_tells_when_its_streak_began() {
    let opened = live(&of("ppfxf"), &AlertPolicy::default(), HealthSnapshot::default());
    assert_eq!(opened[4].1, Some(Change::Opens { first_failed: Slot(120) }));
}

/// How many notifications these outcomes come to.
fn told(outcomes: &[Outcome], policy: &AlertPolicy) -> usize {
    live(outcomes, policy, HealthSnapshot::default()).iter().filter(|(_, change)| change.is_some()).count()
}

/// The most that any policy lets through: once a connection flaps, each incident takes a failure and five passes.
const fn most_told(tried: usize) -> usize {
    5 + tried / 3
}

#[test]
fn a_target_that_does_its_worst_is_bounded_too() {
    let policy = AlertPolicy { failures: 1, ..AlertPolicy::default() };
    let mut outcomes = Vec::new();
    for tried in 1..=200 {
        let is_open = live(&outcomes, &policy, HealthSnapshot::default()).last().is_some_and(|(snapshot, _)| snapshot.open_incident_id.is_some());
        outcomes.push(if is_open { Outcome::Pass } else { Outcome::Fail });
        let told = told(&outcomes, &policy);
        assert!(told <= most_told(tried), "{told} of {tried}");
    }
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![4 => Just(Outcome::Pass), 4 => Just(Outcome::Fail), 1 => Just(Outcome::Missed), 1 => Just(Outcome::Maintenance)]
}

fn policy() -> impl Strategy<Value = AlertPolicy> {
    (1..6_u32, 0..40_u32, 0..4_u32).prop_map(|(failures, of_last, recovery_passes)| AlertPolicy {
        failures,
        of_last,
        recovery_passes,
        ..AlertPolicy::default()
    })
}

proptest! {
    #[test]
    fn incidents_open_and_recover_in_turn(outcomes in vec(outcome(), 0..200), policy in policy()) {
        let mut open = false;
        for (snapshot, change) in live(&outcomes, &policy, HealthSnapshot::default()) {
            match change {
                Some(Change::Opens { .. }) => { prop_assert!(!open); open = true; }
                Some(Change::Recovers) => { prop_assert!(open); open = false; }
                None => {}
            }
            prop_assert!(!open || matches!(snapshot.status, HealthStatus::Incident | HealthStatus::Maintenance));
            prop_assert!(open || snapshot.status != HealthStatus::Incident);
        }
    }

    #[test]
    fn streaks_are_what_counting_by_hand_says(outcomes in vec(outcome(), 0..100), policy in policy()) {
        let lived = live(&outcomes, &policy, HealthSnapshot::default());
        for (end, (snapshot, _)) in lived.iter().enumerate() {
            let tried = outcomes[..=end].iter().rev().filter(|outcome| matches!(outcome, Outcome::Pass | Outcome::Fail));
            let failures = tried.clone().take_while(|outcome| **outcome == Outcome::Fail).count();
            prop_assert_eq!(snapshot.consecutive_failures as usize, failures);
            prop_assert_eq!(snapshot.recent_count as usize, tried.count().min(32));
        }
    }

    #[test]
    fn a_restart_in_between_changes_nothing(outcomes in vec(outcome(), 1..100), policy in policy(), at in any::<prop::sample::Index>()) {
        let at = at.index(outcomes.len());
        let whole = live(&outcomes, &policy, HealthSnapshot::default());
        let first = live(&outcomes[..at], &policy, HealthSnapshot::default());
        let kept = first.last().map(|(snapshot, _)| snapshot.clone()).unwrap_or_default();
        let second = live(&outcomes[at..], &policy, kept);
        let told = |lived: &[(HealthSnapshot, Option<Change>)]| lived.iter().map(|(snapshot, change)| (snapshot.status, change.is_some())).collect::<Vec<_>>();
        prop_assert_eq!(told(&whole), [told(&first), told(&second)].concat());
    }

    #[test]
    fn notifications_are_bounded_in_any_order_of_outcomes(outcomes in vec(outcome(), 0..400), policy in policy()) {
        let tried = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Pass | Outcome::Fail)).count();
        prop_assert!(told(&outcomes, &policy) <= most_told(tried));
    }

    #[test]
    fn a_target_that_takes_turns_raises_one_incident(bursts in 20..100_usize) {
        let outcomes = of(&"ffp".repeat(bursts));
        let told = told(&outcomes, &AlertPolicy::default());
        prop_assert!(told <= 7, "{told}");
    }
}
