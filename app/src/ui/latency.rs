//! How long something took, in words.

#[cfg(feature = "ssr")]
use domain::{time::Timestamp, verification::StepOutcome};

/// Of a scenario; nothing for one that did not run.
#[cfg(feature = "ssr")]
pub fn latency_of(outcome: StepOutcome, milliseconds: f64) -> String {
    if outcome == StepOutcome::Skipped { String::new() } else { milliseconds_told(milliseconds) }
}

pub fn milliseconds_told(milliseconds: f64) -> String {
    // Not as a float: in the browser that would cost 10 KB of rules for printing them.
    let tenths = (milliseconds * 10.0).round() as i64;
    format!("{}.{}\u{a0}ms", tenths / 10, tenths % 10)
}

/// From one moment to another: `340 ms`, `3.4 s`, `2 min 5 s`, `8 h 29 min`, `3 d 4 h`.
#[cfg(feature = "ssr")]
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = (to.as_millis() - from.as_millis()).max(0);
    let seconds = milliseconds / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0 => format!("{milliseconds}\u{a0}ms"),
        1..60 => format!("{seconds}.{}\u{a0}s", milliseconds % 1_000 / 100),
        60..3_600 => format!("{minutes}\u{a0}min {}\u{a0}s", seconds % 60),
        3_600..86_400 => format!("{hours}\u{a0}h {}\u{a0}min", minutes % 60),
        _ => format!("{days}\u{a0}d {}\u{a0}h", hours % 24),
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
        let table = [(340, "340 ms"), (3_450, "3.4 s"), (125_000, "2 min 5 s"), (30_580_000, "8 h 29 min"), (273_600_000, "3 d 4 h")];
        for (milliseconds, words) in table {
            assert_eq!(told(milliseconds), words);
        }
    }
}
