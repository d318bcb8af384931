//! Counts over slots, with percentiles that merge: from slots to hours, from hours to days.

use sketches_rust::DDSketch;

use domain::{
    heartbeat::{HeartbeatRollup, Outcome, Slot, uptime},
    latency::Latency,
};
use store::{heartbeat_rollups::Rollup, heartbeats::SlotRow};

/// Relative error of a percentile.
const ACCURACY: f64 = 0.02;
/// Bins of a sketch; with this accuracy they span from 0.1 ms to beyond a minute.
const BINS: usize = 512;

/// The slots of an hour or a day that begins at `slot`, counted.
pub fn count(slot: Slot, kept: &[SlotRow]) -> Rollup {
    let mut rollup = Rollup { slot, ..Rollup::default() };
    let mut sketch = Sketch::default();
    for one in kept {
        match one.outcome {
            Outcome::Pass => rollup.passed += 1,
            Outcome::Fail => rollup.failed += 1,
            Outcome::Maintenance => rollup.maintenance += 1,
            Outcome::Missed => rollup.missed += 1,
        }
        if let Some(latency) = one.latency {
            rollup.latency_sum += i64::from(latency.tenths());
            rollup.latency_min = Some(rollup.latency_min.map_or(latency, |least| least.min(latency)));
            rollup.latency_max = rollup.latency_max.max(Some(latency));
            sketch.add(latency);
        }
    }
    rollup.sketch = sketch.bytes();
    rollup
}

/// Several stretches as one that begins at `slot`.
pub fn merge(slot: Slot, parts: &[Rollup]) -> Rollup {
    let mut whole = Rollup { slot, ..Rollup::default() };
    let mut sketch = Sketch::default();
    for part in parts {
        whole.passed += part.passed;
        whole.failed += part.failed;
        whole.maintenance += part.maintenance;
        whole.missed += part.missed;
        whole.latency_sum += part.latency_sum;
        whole.latency_min = [whole.latency_min, part.latency_min].into_iter().flatten().min();
        whole.latency_max = whole.latency_max.max(part.latency_max);
        sketch.merge(part);
    }
    whole.sketch = sketch.bytes();
    whole
}

/// The latency that `quantile` of the tries stayed at or under.
pub fn quantile(rollup: &Rollup, quantile: f64) -> Option<Latency> {
    let mut sketch = DDSketch::decode(rollup.sketch.as_ref()?).ok()?;
    let value = sketch.get_value_at_quantile(quantile)?.round();
    #[expect(clippy::cast_possible_truncation, reason = "a latency fits, and as saturates")]
    Some(Latency::from_tenths(value as i32))
}

/// As programs and people read it.
pub fn shown(rollup: &Rollup) -> HeartbeatRollup {
    let tried = rollup.passed + rollup.failed;
    HeartbeatRollup {
        at: rollup.slot,
        passed: rollup.passed,
        failed: rollup.failed,
        maintenance: rollup.maintenance,
        missed: rollup.missed,
        uptime: uptime(rollup.passed, rollup.failed),
        latency_mean_ms: Latency::mean(rollup.latency_sum, tried).map(Latency::as_millis),
        latency_min_ms: rollup.latency_min.map(Latency::as_millis),
        latency_max_ms: rollup.latency_max.map(Latency::as_millis),
        latency_p95_ms: quantile(rollup, 0.95).map(Latency::as_millis),
    }
}

/// Absent until something is added.
#[derive(Default)]
struct Sketch(Option<DDSketch>);

impl Sketch {
    fn add(&mut self, latency: Latency) {
        if let Some(sketch) = self.made() {
            sketch.accept(f64::from(latency.tenths()));
        }
    }

    fn merge(&mut self, part: &Rollup) {
        if let Some(bytes) = &part.sketch
            && let Some(sketch) = self.made()
            && let Err(error) = sketch.decode_and_merge_with(bytes)
        {
            tracing::warn!(%error, "a sketch of latencies could not be read");
        }
    }

    fn made(&mut self) -> Option<&mut DDSketch> {
        if self.0.is_none() {
            self.0 = DDSketch::collapsing_lowest_dense(ACCURACY, BINS).ok();
        }
        self.0.as_mut()
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        self.0.as_ref().and_then(|sketch| sketch.encode().ok())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn kept(latencies: &[i32]) -> Vec<SlotRow> {
        let one = |tenths: &i32| SlotRow {
            slot: Slot(0),
            outcome: if tenths % 7 == 0 { Outcome::Fail } else { Outcome::Pass },
            reason: None,
            latency: Some(Latency::from_tenths(*tenths)),
        };
        latencies.iter().map(one).collect()
    }

    proptest! {
        #[test]
        fn parts_merged_say_what_the_whole_says(latencies in vec(0..700_000_i32, 1..400), cut in any::<prop::sample::Index>()) {
            let whole = count(Slot(0), &kept(&latencies));
            let cut = cut.index(latencies.len());
            let merged = merge(Slot(0), &[count(Slot(0), &kept(&latencies[..cut])), count(Slot(3_600), &kept(&latencies[cut..]))]);
            prop_assert_eq!(quantile(&whole, 0.95), quantile(&merged, 0.95));
            prop_assert_eq!(Rollup { sketch: None, ..whole }, Rollup { sketch: None, ..merged });
        }

        #[test]
        fn a_percentile_is_within_two_in_a_hundred(latencies in vec(1..700_000_i32, 1..400)) {
            let found = f64::from(quantile(&count(Slot(0), &kept(&latencies)), 0.95).expect("a percentile").tenths());
            let mut sorted = latencies;
            sorted.sort_unstable();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
            let exact = f64::from(sorted[(0.95 * (sorted.len() - 1) as f64) as usize]);
            prop_assert!((found - exact).abs() <= exact * 0.021 + 1.0, "{found} for {exact}");
        }
    }

    #[test]
    fn an_hour_of_like_latencies_takes_few_bytes() {
        let hour = count(Slot(0), &kept(&(0..180).map(|index| 10 + index % 12).collect::<Vec<_>>()));
        let size = hour.sketch.expect("a sketch").len();
        assert!(size < 80, "{size} bytes");
    }
}
