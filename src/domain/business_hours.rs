//! Clock times in a team's time zone, and the hours in which it works.

use std::{collections::BTreeSet, fmt, str::FromStr};

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{error::FieldError, time::Timestamp};

/// Longer than the clocks of any place were ever put forward at once: a day, where the date line moved.
const LONGEST_GAP_MINUTES: i64 = 25 * 60;
/// A run of holidays longer than this is a mistake.
const MOST_HOLIDAYS: usize = 366;

/// Minutes after midnight, by the clock on the wall: `09:00`. `24:00` ends a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime(u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Day {
    #[serde(alias = "mon")]
    Monday,
    #[serde(alias = "tue")]
    Tuesday,
    #[serde(alias = "wed")]
    Wednesday,
    #[serde(alias = "thu")]
    Thursday,
    #[serde(alias = "fri")]
    Friday,
    #[serde(alias = "sat")]
    Saturday,
    #[serde(alias = "sun")]
    Sunday,
}

/// When a team works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    /// As IANA names it: `Europe/Berlin`.
    #[schema(value_type = String)]
    pub time_zone: Tz,
    pub days: BTreeSet<Day>,
    #[schema(value_type = String, pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub from: ClockTime,
    #[schema(value_type = String, pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub to: ClockTime,
    /// Days on which nobody works.
    #[serde(default)]
    pub holidays: BTreeSet<NaiveDate>,
}

impl Default for BusinessHours {
    fn default() -> Self {
        Self {
            time_zone: Tz::UTC,
            days: [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday].into(),
            from: ClockTime::from_hours(9),
            to: ClockTime::from_hours(17),
            holidays: BTreeSet::new(),
        }
    }
}

impl ClockTime {
    pub const fn from_hours(hours: u16) -> Self {
        Self(hours * 60)
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for ClockTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts = text.split_once(':').filter(|(hours, minutes)| is_number(hours) && is_number(minutes));
        let numbers = parts.and_then(|(hours, minutes)| hours.parse::<u16>().ok().zip(minutes.parse::<u16>().ok()));
        let minutes = numbers.filter(|(_, minutes)| *minutes < 60).map(|(hours, minutes)| hours * 60 + minutes);
        minutes.filter(|minutes| *minutes <= 24 * 60).map(Self).ok_or_else(|| "a time such as 09:00".to_owned())
    }
}

impl Serialize for ClockTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl From<Weekday> for Day {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Mon => Self::Monday,
            Weekday::Tue => Self::Tuesday,
            Weekday::Wed => Self::Wednesday,
            Weekday::Thu => Self::Thursday,
            Weekday::Fri => Self::Friday,
            Weekday::Sat => Self::Saturday,
            Weekday::Sun => Self::Sunday,
        }
    }
}

impl BusinessHours {
    /// What is wrong with them, by the member's name.
    pub fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.days.is_empty() {
            errors.push(FieldError::new("business_hours.days", "Choose at least one."));
        }
        if self.to <= self.from {
            errors.push(FieldError::new("business_hours.to", "Must be later than the beginning."));
        }
        if self.holidays.len() > MOST_HOLIDAYS {
            errors.push(FieldError::new("business_hours.holidays", format!("At most {MOST_HOLIDAYS}.")));
        }
        errors
    }

    /// The end of the next working day after the day of `from`. It has the whole of that day, however late something happened on the one before.
    pub fn end_of_next_business_day(&self, from: Timestamp) -> Timestamp {
        let today = local_date(self.time_zone, from);
        // A week after the last holiday there is one for certain.
        let following = (1..=MOST_HOLIDAYS as u64 + 8).filter_map(|days| today.checked_add_days(Days::new(days)));
        let next = following.into_iter().find(|date| self.days.contains(&date.weekday().into()) && !self.holidays.contains(date));
        moment_of(self.time_zone, next.unwrap_or(today), self.to)
    }
}

pub fn local_date(zone: Tz, at: Timestamp) -> NaiveDate {
    at.as_datetime().with_timezone(&zone).date_naive()
}

/// When a clock on the wall shows `time` on that date: the first time where it does so twice, and where it never does the first moment after what it
/// skips. So each date has the moment once, whatever daylight saving does.
pub fn moment_of(zone: Tz, date: NaiveDate, time: ClockTime) -> Timestamp {
    let wanted = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(time.0.into());
    let shown = (0..LONGEST_GAP_MINUTES).find_map(|skipped| match zone.from_local_datetime(&(wanted + TimeDelta::minutes(skipped))) {
        MappedLocalTime::Single(moment) | MappedLocalTime::Ambiguous(moment, _) => Some(moment.with_timezone(&Utc)),
        MappedLocalTime::None => None,
    });
    shown.unwrap_or_else(|| DateTime::from_naive_utc_and_offset(wanted, Utc)).into()
}

/// A moment as a person writes it by a clock there: `2026-12-24T09:00`. Nothing for a year that nobody plans for.
pub fn read_local(zone: Tz, text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    Some(moment_of(zone, date.parse().ok().filter(|date| is_planned_for(*date))?, time.parse().ok()?))
}

/// What a member wants that was given something else.
pub fn wanted(member: &str) -> &'static str {
    match member {
        "time_zone" => "A zone of the IANA list, such as Europe/Berlin.",
        "from" | "to" | "hand_over_time" => "A time of day, such as 09:00.",
        "starts_on" => "A day, such as 2026-01-05.",
        "holidays" => "Days such as 2026-12-25, one a line.",
        _ => "Has a value that is not allowed here.",
    }
}

/// Whether people plan for that day; calendars reckon with years of six digits.
pub fn is_planned_for(date: NaiveDate) -> bool {
    (1970..=2200).contains(&date.year())
}

/// The same, for people: `2026-12-24 09:00`.
pub fn local_minute(zone: Tz, at: Timestamp) -> String {
    at.as_datetime().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// The first moment after `after` at which a clock there shows `time`, on that day of the week if one is given.
pub fn next_moment(zone: Tz, day: Option<Day>, time: ClockTime, after: Timestamp) -> Timestamp {
    let today = local_date(zone, after);
    // One before, because what a date skips may lie on the next.
    let dates = (0..=16).filter_map(|days| today.pred_opt()?.checked_add_days(Days::new(days)));
    let moments = dates.into_iter().filter(|date| day.is_none_or(|day| day == date.weekday().into())).map(|date| moment_of(zone, date, time));
    moments.into_iter().find(|moment| *moment > after).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn times_are_read_strictly() {
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            assert_eq!(text.parse::<ClockTime>().map(|time| time.to_string()), Ok(text.to_owned()));
        }
        for text in ["9:00", "24:01", "12:60", "12", "", "+1:00", "12:00:00", "ab:cd"] {
            assert!(text.parse::<ClockTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_that_is_skipped_comes_after_the_gap_and_one_that_comes_twice_counts_once() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(moment_of(berlin, date("2026-03-29"), "02:30".parse().expect("a time")), at("2026-03-29T01:00:00Z"));
        assert_eq!(moment_of(berlin, date("2026-10-25"), "02:30".parse().expect("a time")), at("2026-10-25T00:30:00Z"));
        // Samoa had no 30 December 2011.
        assert_eq!(moment_of(Tz::Pacific__Apia, date("2011-12-30"), ClockTime::from_hours(9)), at("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn a_moment_is_read_by_the_clock_of_its_zone() {
        let read = |text| read_local(Tz::Europe__Berlin, text).map(|at| (at.to_string(), local_minute(Tz::Europe__Berlin, at)));
        assert_eq!(read("2026-12-24T09:00"), Some(("2026-12-24T08:00:00.000Z".to_owned(), "2026-12-24 09:00".to_owned())));
        for text in ["2026-12-24", "tomorrow 09:00", "2026-12-24T9", "+262142-12-31T24:00", "-262143-01-01T00:00", "1969-12-31T23:59", "2201-01-01T00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_next_business_day_leaves_out_weekends_and_holidays() {
        let hours = BusinessHours { time_zone: Tz::Europe__Berlin, holidays: [date("2026-12-28")].into(), ..BusinessHours::default() };
        // A Thursday; a Friday late, which is Saturday in UTC already; a Saturday.
        for (from, end) in [
            ("2026-12-17T10:00:00Z", "2026-12-18T16:00:00Z"),
            ("2026-12-18T23:30:00Z", "2026-12-21T16:00:00Z"),
            ("2026-12-26T10:00:00Z", "2026-12-29T16:00:00Z"),
            ("2026-07-06T10:00:00Z", "2026-07-07T15:00:00Z"),
        ] {
            assert_eq!(hours.end_of_next_business_day(at(from)), at(end), "{from}");
        }
    }

    #[test]
    fn hours_that_never_begin_are_told_of() {
        let never = BusinessHours { days: BTreeSet::new(), to: ClockTime::from_hours(9), ..BusinessHours::default() };
        assert_eq!(never.check().into_iter().map(|error| error.field).collect::<Vec<_>>(), ["business_hours.days", "business_hours.to"]);
        assert!(BusinessHours::default().check().is_empty());
    }

    /// Both changes of a year, and every zone.
    #[test]
    fn each_day_has_each_time_once_in_every_zone() {
        for zone in TZ_VARIANTS {
            for time in ["00:00", "02:30", "09:00", "23:59"].map(|time| time.parse().expect("a time")) {
                let (mut now, end, mut seen) = (at("2026-01-01T12:00:00Z"), at("2027-01-01T12:00:00Z"), 0);
                loop {
                    let next = next_moment(zone, None, time, now);
                    assert!(next > now && next.seconds_since(now) <= 26 * 60 * 60, "{zone} {time} after {now}: {next}");
                    if next > end {
                        break;
                    }
                    (now, seen) = (next, seen + 1);
                }
                assert_eq!(seen, 365, "{zone} {time}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_deadline_is_a_working_day_ahead(zone in 0..TZ_VARIANTS.len(), millis in 1_500_000_000_000_i64..2_000_000_000_000) {
            let hours = BusinessHours { time_zone: TZ_VARIANTS[zone], ..BusinessHours::default() };
            let from = Timestamp::from_millis(millis);
            let end = hours.end_of_next_business_day(from);
            let days = (local_date(hours.time_zone, end) - local_date(hours.time_zone, from)).num_days();
            prop_assert!((1..=3).contains(&days), "{days}");
            prop_assert!(hours.days.contains(&local_date(hours.time_zone, end).weekday().into()));
        }
    }
}
