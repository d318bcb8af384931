//! From a snapshot and the next heartbeat to what changes: pure rules, in one place.

use super::{
    health::{HealthSnapshot, HealthStatus},
    heartbeat::{Outcome, Slot},
    latency::Latency,
    policy::{AlertPolicy, LONGEST_WINDOW},
};

/// Slots that [`is_flapping`] looks back on.
const FLAPPING_WINDOW: u32 = 20;
/// Changes between pass and fail within the window from which on a connection counts as flapping.
const FLAPPING_CHANGES: u32 = 6;
/// Passes in a row that end an incident of a flapping connection, whatever its policy says.
const FLAPPING_RECOVERY: u32 = 5;

/// A slot as it ended, as far as the rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotResult {
    pub slot: Slot,
    pub outcome: Outcome,
    pub latency: Option<Latency>,
}

/// What else changes with a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Opens { first_failed: Slot },
    Recovers,
}

/// The snapshot after `beat`, and what it sets off. `snapshot.open_incident_id` is left to whoever keeps incidents.
///
/// Missed slots and maintenance say nothing of the service: streaks and incidents stand as they were.
pub fn decide(before: &HealthSnapshot, beat: SlotResult, policy: &AlertPolicy) -> (HealthSnapshot, Option<Change>) {
    let mut after = before.clone();
    match beat.outcome {
        Outcome::Missed => return (after, None),
        Outcome::Maintenance => {
            after.status = HealthStatus::Maintenance;
            return (after, None);
        }
        Outcome::Pass | Outcome::Fail => {}
    }
    let failed = beat.outcome == Outcome::Fail;
    after.recent = after.recent << 1 | u32::from(failed);
    after.recent_count = (after.recent_count + 1).min(LONGEST_WINDOW);
    (after.last_slot, after.last_latency) = (Some(beat.slot), beat.latency);
    if failed {
        after.first_failed = after.first_failed.or(Some(beat.slot));
        after.consecutive_failures = after.consecutive_failures.saturating_add(1);
        after.consecutive_passes = 0;
    } else {
        after.consecutive_failures = 0;
        after.consecutive_passes = after.consecutive_passes.saturating_add(1);
    }
    let change = if before.open_incident_id.is_some() { recovery(&after, policy) } else { opening(&after, failed, policy) };
    after.status = status(&after, beat, change, policy);
    if !failed && after.status != HealthStatus::Incident {
        after.first_failed = None;
    }
    (after, change)
}

fn opening(after: &HealthSnapshot, failed: bool, policy: &AlertPolicy) -> Option<Change> {
    let window = policy.of_last.max(policy.failures).clamp(1, LONGEST_WINDOW).min(after.recent_count);
    let enough = failures_among(after.recent, window) >= policy.failures.clamp(1, LONGEST_WINDOW);
    (failed && enough).then(|| Change::Opens { first_failed: after.first_failed.unwrap_or_default() })
}

fn recovery(after: &HealthSnapshot, policy: &AlertPolicy) -> Option<Change> {
    let usual = policy.recovery_passes.max(1);
    let needed = if is_flapping(after) { usual.max(FLAPPING_RECOVERY) } else { usual };
    (after.consecutive_passes >= needed).then_some(Change::Recovers)
}

fn status(after: &HealthSnapshot, beat: SlotResult, change: Option<Change>, policy: &AlertPolicy) -> HealthStatus {
    let slow = policy.slow_ms.is_some_and(|limit| beat.latency.is_some_and(|latency| latency > Latency::from_millis(limit)));
    match (change, after.open_incident_id) {
        (Some(Change::Opens { .. }), _) | (None, Some(_)) => HealthStatus::Incident,
        _ if beat.outcome == Outcome::Fail || slow => HealthStatus::Degraded,
        _ => HealthStatus::Healthy,
    }
}

const fn failures_among(recent: u32, window: u32) -> u32 {
    let mask = if window >= u32::BITS { u32::MAX } else { (1 << window) - 1 };
    (recent & mask).count_ones()
}

/// Whether pass and fail have taken turns so often lately that one pass means little.
pub fn is_flapping(snapshot: &HealthSnapshot) -> bool {
    let window = FLAPPING_WINDOW.min(snapshot.recent_count);
    window > 1 && failures_among(snapshot.recent ^ (snapshot.recent >> 1), window - 1) >= FLAPPING_CHANGES
}

#[cfg(test)]
mod tests;
