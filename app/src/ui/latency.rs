//! How long something took, in words.

use switchboard::domain::{time::Timestamp, verification::StepOutcome};

/// Of a scenario; nothing for one that did not run.
pub fn latency_of(outcome: StepOutcome, milliseconds: f64) -> String {
    if outcome == StepOutcome::Skipped { String::new() } else { milliseconds_told(milliseconds) }
}

pub fn milliseconds_told(milliseconds: f64) -> String {
    format!("{milliseconds:.1}\u{a0}ms")
}

/// From one moment to another: `340 ms`, `3.4 s`, `2 min 5 s`.
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = (to.as_millis() - from.as_millis()).max(0);
    match milliseconds {
        ..1_000 => format!("{milliseconds}\u{a0}ms"),
        1_000..60_000 => format!("{}.{}\u{a0}s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{}\u{a0}min {}\u{a0}s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}
