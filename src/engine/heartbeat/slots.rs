//! Which slot a claimed connection is tried for, and which ones it has missed.

use domain::heartbeat::Slot;

/// Most slots that one catch-up writes as missed. A longer absence begins a new stretch: its early slots have no row.
pub const MOST_MISSED: i64 = 2_000;

/// What a claim comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Due and over, the oldest first.
    pub missed: Vec<Slot>,
    pub slot: Slot,
    pub next: Slot,
    pub begins_at: Slot,
}

/// The latest slot that is due at `now` is tried; those before it are missed. When none is due, `now` itself is an extra one.
pub fn plan(begins_at: Slot, next_slot: Slot, interval_seconds: i64, now: Slot) -> Plan {
    let interval = interval_seconds.max(1);
    if next_slot > now {
        return Plan { missed: Vec::new(), slot: now, next: next_slot, begins_at };
    }
    let over = (now.0 - next_slot.0) / interval;
    let told = over.min(MOST_MISSED);
    let slot = next_slot.plus(over * interval);
    let first = slot.plus(-told * interval);
    Plan {
        missed: (0..told).map(|index| first.plus(index * interval)).collect(),
        slot,
        next: slot.plus(interval),
        begins_at: if told < over { first } else { begins_at },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_slot_is_lost_or_doubled_however_late_the_claims_come(interval in 5..86_400_i64, first in 0..1_000_000_i64, waits in prop::collection::vec(0..200_000_i64, 1..20)) {
            let (mut begins_at, mut next, mut now) = (Slot(first), Slot(first), first);
            let mut rows = Vec::new();
            for wait in waits {
                now += wait;
                let plan = plan(begins_at, next, interval, Slot(now));
                if plan.next == next {
                    prop_assert!(next > Slot(now), "only what is not due leaves the schedule as it is");
                    continue;
                }
                rows.extend(plan.missed);
                rows.push(plan.slot);
                prop_assert!(plan.slot <= Slot(now) && plan.next > Slot(now));
                (begins_at, next) = (plan.begins_at, plan.next);
            }
            rows.retain(|slot| *slot >= begins_at);
            let expected: Vec<_> = (0..).map(|index| begins_at.plus(index * interval)).take_while(|slot| *slot < next).collect();
            prop_assert_eq!(rows, expected);
        }
    }

    #[test]
    fn a_long_absence_is_told_up_to_a_bound() {
        let plan = plan(Slot(0), Slot(0), 5, Slot(1_000_000));
        assert_eq!(i64::try_from(plan.missed.len()), Ok(MOST_MISSED));
        assert_eq!((plan.slot, plan.begins_at), (Slot(1_000_000), Slot(1_000_000 - 5 * MOST_MISSED)));
    }
}
