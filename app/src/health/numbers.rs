//! Figures of health in words.

#[cfg(feature = "ssr")]
use domain::health::ConnectionHealth;

use crate::ui::latency::milliseconds_told;

/// Seconds from which on what was tried stands for the whole day.
#[cfg(feature = "ssr")]
const MOST_OF_A_DAY: i64 = 22 * 3_600;

/// What the uptime of a day is of, where that is far from all of it: `4 h`.
#[cfg(feature = "ssr")]
pub fn part_of_day(health: &ConnectionHealth) -> Option<String> {
    (health.tried_seconds < MOST_OF_A_DAY).then(|| format!("{}\u{a0}h", health.tried_seconds / 3_600))
}

/// `99.93 %`, or nothing where nothing was tried.
#[cfg(feature = "ssr")]
pub fn percent(uptime: Option<f64>) -> String {
    uptime.map_or_else(|| "–".to_owned(), |uptime| if uptime >= 100.0 { "100\u{a0}%".to_owned() } else { format!("{uptime:.2}\u{a0}%") })
}

/// How an uptime is coloured; its figure says the same.
#[cfg(feature = "ssr")]
pub fn tone(uptime: Option<f64>) -> &'static str {
    match uptime {
        Some(uptime) if uptime < 99.0 => "bad",
        Some(uptime) if uptime < 99.9 => "warn",
        _ => "",
    }
}

/// A dash where nothing was measured, as of a connection that was refused at once.
pub fn latency(milliseconds: Option<f64>) -> String {
    milliseconds.filter(|milliseconds| *milliseconds >= 0.05).map_or_else(|| "–".to_owned(), milliseconds_told)
}

/// `2 failures in a row`.
pub fn streak(failures: u32) -> String {
    match failures {
        0 => "None".to_owned(),
        1 => "1 failure".to_owned(),
        more => format!("{more} failures"),
    }
}
