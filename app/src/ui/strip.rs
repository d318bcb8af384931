//! The heartbeat strip: one bar for each slot, hour or day. What failed stands taller than what passed, and a gap stays a gap.
//!
//! Each kind of bar is one path, so that a table of strips stays small.

use std::fmt::Write;

/// The letters of a strip: passed, partly failed, failed, maintenance. Anything else is a gap.
pub const MARKS: [(char, &str); 4] = [('p', "good"), ('s', "warn"), ('f', "bad"), ('m', "note")];
/// From one bar to the next.
pub const STEP: usize = 5;
pub const HEIGHT: usize = 20;

/// The bars of one mark.
pub fn bars(beats: &str, mark: char) -> String {
    let (top, length) = match mark {
        'p' => (5, 15),
        'm' => (13, 7),
        _ => (0, HEIGHT),
    };
    let mut path = String::new();
    for (index, _) in beats.chars().enumerate().filter(|(_, beat)| *beat == mark) {
        let _ = write!(path, "M{} {top}v{length}", index * STEP + 2);
    }
    path
}
