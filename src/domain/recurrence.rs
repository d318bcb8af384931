//! What comes again by the clock on a wall: a rule of RFC 5545 in a time zone.
//!
//! The rule is asked for times of that clock alone, as if they were UTC, and each of them is one moment: a clock change neither leaves out an
//! occurrence nor repeats it. One that falls into the hour that is left out happens as the clock goes on; one in the hour that comes twice, the
//! first time.

use std::time::Duration;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};

use super::{business_hours::is_planned_for, error::FieldError, time::Timestamp};

/// Of a rule, in characters.
pub const LONGEST_RULE: usize = 200;
/// How long one occurrence may last.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// When an occurrence begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// A rule that has been read: the first occurrence, and all after it.
#[derive(Clone, Debug)]
pub struct Recurrence {
    times: RRuleSet,
    zone: chrono_tz::Tz,
    lasts: Duration,
}

impl Recurrence {
    /// From a rule such as `FREQ=WEEKLY;BYDAY=SU`, without `DTSTART`: `starts_at`, as the clocks of `time_zone` show it, is where it begins.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn read(rrule: &str, time_zone: &str, starts_at: Timestamp, minutes: i32) -> Result<Self, Vec<FieldError>> {
        let zone = time_zone.parse::<chrono_tz::Tz>().map_err(|_| FieldError::new("time_zone", "A zone of the IANA list, such as Europe/Berlin."));
        let longest = LONGEST.as_secs() / 60;
        let lasts = u64::try_from(minutes).ok().filter(|minutes| (1..=longest).contains(minutes)).map(|minutes| Duration::from_secs(minutes * 60));
        let lasts = lasts.ok_or_else(|| FieldError::new("duration_minutes", format!("1 to {longest}.")));
        let times = match &zone {
            Ok(zone) => times(rrule, starts_at.as_datetime().with_timezone(zone).naive_local(), *zone),
            Err(_) => times(rrule, starts_at.as_datetime().naive_utc(), chrono_tz::UTC),
        };
        match (zone, lasts, times.map_err(|wrong| FieldError::new("rrule", wrong))) {
            (Ok(zone), Ok(lasts), Ok(times)) => Ok(Self { times, zone, lasts }),
            (zone, lasts, times) => Err([zone.err(), lasts.err(), times.err()].into_iter().flatten().collect()),
        }
    }

    /// The occurrence that is on at `now`, or the next one; none when the last is over.
    pub fn at_or_after(&self, now: Timestamp) -> Option<Occurrence> {
        let mut occurrences = self.times.clone().limit().into_iter().map(|time| {
            let from = Timestamp::from(moment(self.zone, time.naive_utc()));
            Occurrence { from, to: from + self.lasts }
        });
        occurrences.find(|occurrence| occurrence.to > now)
    }
}

/// The moment at which the clocks of a zone show a minute such as `2026-03-01T22:00`. Nothing for a year that nobody plans for.
pub fn local(minute: &str, zone: &str) -> Option<Timestamp> {
    let time = NaiveDateTime::parse_from_str(minute, "%Y-%m-%dT%H:%M").ok().filter(|time| is_planned_for(time.date()))?;
    Some(moment(zone.parse().ok()?, time).into())
}

/// Whether the IANA list has it.
pub fn is_zone(name: &str) -> bool {
    name.parse::<chrono_tz::Tz>().is_ok()
}

/// The times of the clock in `zone` that the rule names.
fn times(rrule: &str, start: NaiveDateTime, zone: chrono_tz::Tz) -> Result<RRuleSet, String> {
    if rrule.chars().count() > LONGEST_RULE {
        return Err(format!("At most {LONGEST_RULE} characters."));
    }
    if rrule.chars().any(|c| c.is_control() || c == ':') {
        return Err("One rule, such as FREQ=WEEKLY;BYDAY=SU, without DTSTART.".to_owned());
    }
    let rule: RRule<Unvalidated> = rrule.trim().parse().map_err(|_| "Is no recurrence rule such as FREQ=WEEKLY;BYDAY=SU.".to_owned())?;
    if !matches!(rule.get_freq(), Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly) {
        return Err("DAILY, WEEKLY, MONTHLY or YEARLY.".to_owned());
    }
    // It would come several times a day, or at another time than it says it begins.
    if !(rule.get_by_hour().is_empty() && rule.get_by_minute().is_empty() && rule.get_by_second().is_empty()) {
        return Err("The time of day is where it begins: leave out BYHOUR, BYMINUTE and BYSECOND.".to_owned());
    }
    let until = rule.get_until().map(|until| if until.timezone() == rrule::Tz::UTC { until.with_timezone(&zone).naive_local() } else { until.naive_local() });
    let rule = match until {
        Some(until) => rule.until(rrule::Tz::UTC.from_utc_datetime(&until)),
        None => rule,
    };
    let times = rule
        .build(rrule::Tz::UTC.from_utc_datetime(&start))
        .map_err(|_| "Its parts do not go together, such as a day of the month in a weekly rule.".to_owned())?;
    if times.clone().limit().into_iter().next().is_none() {
        return Err("Names no day at all.".to_owned());
    }
    Ok(times)
}

/// The one moment at which the clocks of `zone` show `time`, or would.
fn moment(zone: chrono_tz::Tz, time: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&time) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment.to_utc(),
        // As far into what is left out as before it the clock would have gone on: by the offset that held the day before.
        LocalResult::None => {
            let before = zone.from_local_datetime(&(time - TimeDelta::days(1))).earliest();
            before.map_or_else(|| time.and_utc(), |before| (before + TimeDelta::days(1)).to_utc())
        }
    }
}

#[cfg(test)]
mod tests;
