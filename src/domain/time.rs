//! Moments as the product keeps and shows them: UTC, cut to milliseconds.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A moment in UTC with millisecond precision, so that what was stored equals what was meant on every database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(transparent), schema(value_type = String, format = DateTime))]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    pub const fn as_datetime(&self) -> DateTime<Utc> {
        self.0
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(&self) -> i64 {
        self.0.timestamp_millis()
    }

    /// From milliseconds since 1970-01-01T00:00:00Z; that moment for what lies beyond the calendar.
    pub fn from_millis(millis: i64) -> Self {
        Self(DateTime::from_timestamp_millis(millis).unwrap_or_default())
    }

    /// Second and zone for people: `2026-01-02 03:04:05 UTC`.
    pub fn exact(&self) -> String {
        let text = self.to_string();
        text.get(..19).map_or_else(|| text.clone(), |text| format!("{} UTC", text.replace('T', " ")))
    }

    /// Whole seconds from `earlier` to this moment; negative when it lies after.
    pub fn seconds_since(&self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_seconds()
    }

    /// How long before `now` this moment was, in words: `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `12 d ago`; of what is to come, `in 2 d`. The browser's
    /// page.js says the same as time passes.
    pub fn relative_to(&self, now: Self) -> String {
        let seconds = now.seconds_since(*self);
        match seconds {
            // The clocks of two machines are not the same to the second, and a sweep takes the next free one.
            ..-45 => format!("in {}", nearly(-seconds)),
            -45..5 => "just now".into(),
            _ => format!("{} ago", nearly(seconds)),
        }
    }
}

/// A span in its largest fitting unit.
fn nearly(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..5_400 => format!("{} min", (seconds + 30) / 60),
        5_400..129_600 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

/// A span in its two largest units: `55 s`, `2 min 5 s`, `8 h 29 min`, `3 d 4 h`.
pub fn span_in_words(seconds: i64) -> String {
    let (large, unit, small, smaller) = match seconds {
        ..60 => return format!("{seconds}\u{a0}s"),
        60..3_600 => (60, "min", 1, "s"),
        3_600..86_400 => (3_600, "h", 60, "min"),
        _ => (86_400, "d", 3_600, "h"),
    };
    match seconds % large / small {
        0 => format!("{}\u{a0}{unit}", seconds / large),
        rest => format!("{}\u{a0}{unit} {rest}\u{a0}{smaller}", seconds / large),
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(moment: DateTime<Utc>) -> Self {
        Self(moment.trunc_subsecs(3))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self::from(self.0 + duration)
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self::from(self.0 - duration)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// RFC 3339 alone: the looser reader of `chrono` is a twentieth of the browser part.
impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // So a leap second is the first moment of the next minute, as it is by the clocks of computers.
        DateTime::parse_from_rfc3339(text).map(|moment| Self::from_millis(moment.timestamp_millis()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_moment_is_written_with_exactly_three_decimals() {
        assert_eq!(at("2026-01-02T03:04:05Z").to_string(), "2026-01-02T03:04:05.000Z");
        assert_eq!(at("2026-01-02T03:04:05.1239Z").to_string(), "2026-01-02T03:04:05.123Z");
        assert_eq!(at("2026-12-31T23:59:60.5Z").to_string(), "2027-01-01T00:00:00.500Z");
    }

    #[test]
    fn the_distance_is_told_in_the_largest_fitting_unit() {
        let now = at("2026-01-02T00:00:00Z");
        // The same table stands in end2end/tests/moments.spec.ts.
        for (age, words) in [
            (4, "just now"),
            (5, "5 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (5_399, "90 min ago"),
            (5_400, "2 h ago"),
            (129_599, "36 h ago"),
            (129_600, "2 d ago"),
        ] {
            assert_eq!((now - Duration::from_secs(age)).relative_to(now), words);
        }
        for (wait, words) in [(45, "just now"), (46, "in 46 s"), (600, "in 10 min"), (172_800, "in 2 d")] {
            assert_eq!((now + Duration::from_secs(wait)).relative_to(now), words);
        }
    }
}
