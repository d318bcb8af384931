//! How long something took, in words: everywhere in the same.

#[cfg(feature = "ssr")]
use domain::{
    time::{Timestamp, span_in_words},
    verification::StepOutcome,
};

/// Of a scenario; nothing for one that did not run.
#[cfg(feature = "ssr")]
pub fn latency_of(outcome: StepOutcome, milliseconds: f64) -> String {
    if outcome == StepOutcome::Skipped { String::new() } else { milliseconds_told(milliseconds) }
}

/// `12.5 ms`, `7.5 s`.
pub fn milliseconds_told(milliseconds: f64) -> String {
    // Not as a float: in the browser that would cost 10 KB of rules for printing them.
    let tenths = (milliseconds * 10.0).round() as i64;
    let (tenths, unit) = if tenths < 10_000 { (tenths, "ms") } else { ((tenths + 500) / 1_000, "s") };
    format!("{}.{}\u{a0}{unit}", tenths / 10, tenths % 10)
}

/// From one moment to another: `340 ms`, `3.4 s`, and in whole seconds from ten on.
#[cfg(feature = "ssr")]
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = (to.as_millis() - from.as_millis()).max(0);
    match milliseconds {
        0..1_000 => format!("{milliseconds}\u{a0}ms"),
        1_000..10_000 => format!("{}.{}\u{a0}s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => span_in_words(milliseconds / 1_000),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let begun: Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
        let told = |milliseconds| span(begun, begun + Duration::from_millis(milliseconds)).replace('\u{a0}', " ");
        let table = [
            (340, "340 ms"),
            (3_450, "3.4 s"),
            (55_040, "55 s"),
            (60_000, "1 min"),
            (125_000, "2 min 5 s"),
            (30_580_000, "8 h 29 min"),
            (86_400_000, "1 d"),
            (273_600_000, "3 d 4 h"),
        ];
        for (milliseconds, words) in table {
            assert_eq!(told(milliseconds), words);
        }
    }

    #[test]
    fn a_latency_of_seconds_is_told_in_seconds() {
        let told = |milliseconds| milliseconds_told(milliseconds).replace('\u{a0}', " ");
        assert_eq!([told(0.0), told(12.54), told(999.9), told(7_475.6), told(60_000.0)], ["0.0 ms", "12.5 ms", "999.9 ms", "7.5 s", "60.0 s"]);
    }
}
