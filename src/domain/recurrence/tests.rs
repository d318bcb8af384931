use std::time::Instant;

use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn read(rrule: &str, zone: &str, starts_at: &str) -> Recurrence {
    Recurrence::read(rrule, zone, at(starts_at), 60).unwrap_or_else(|wrong| panic!("{rrule}: {wrong:?}"))
}

fn following(recurrence: &Recurrence, from: &str, count: usize) -> Vec<String> {
    let mut now = at(from);
    let next = || {
        let occurrence = recurrence.at_or_after(now)?;
        now = occurrence.to;
        Some(occurrence.from.exact())
    };
    std::iter::from_fn(next).take(count).collect()
}

#[test]
fn the_time_of_day_stays_through_both_clock_changes() {
    let berlin = read("FREQ=DAILY", "Europe/Berlin", "2026-03-27T01:30:00Z");
    // 02:30 does not exist on the 29th: an hour after 01:30 it is 03:30.
    let spring = ["2026-03-27 01:30:00 UTC", "2026-03-28 01:30:00 UTC", "2026-03-29 01:30:00 UTC", "2026-03-30 00:30:00 UTC"];
    assert_eq!(following(&berlin, "2026-03-27T00:00:00Z", 4), spring);
    let autumn = ["2026-10-24 00:30:00 UTC", "2026-10-25 00:30:00 UTC", "2026-10-26 01:30:00 UTC"];
    assert_eq!(following(&berlin, "2026-10-24T00:00:00Z", 3), autumn);
}

#[test]
fn weeks_months_counts_and_ends_are_kept() {
    let sundays = read("FREQ=WEEKLY;BYDAY=SU", "UTC", "2026-01-01T22:00:00Z");
    assert_eq!(following(&sundays, "2026-01-01T00:00:00Z", 2), ["2026-01-04 22:00:00 UTC", "2026-01-11 22:00:00 UTC"]);
    let last_friday = read("FREQ=MONTHLY;BYDAY=-1FR", "America/New_York", "2026-01-01T03:00:00Z");
    assert_eq!(following(&last_friday, "2026-01-01T00:00:00Z", 1), ["2026-01-31 03:00:00 UTC"]);
    let counted = read("FREQ=DAILY;COUNT=2", "UTC", "2026-01-01T22:00:00Z");
    assert_eq!(following(&counted, "2026-01-01T00:00:00Z", 9).len(), 2);
    // The end is a moment: 22:00 in New York is 03:00 the next day in UTC.
    let until = read("FREQ=DAILY;UNTIL=20260103T030000Z", "America/New_York", "2026-01-01T03:00:00Z");
    assert_eq!(following(&until, "2025-12-31T00:00:00Z", 9), ["2026-01-01 03:00:00 UTC", "2026-01-02 03:00:00 UTC", "2026-01-03 03:00:00 UTC"]);
    let on = sundays.at_or_after(at("2026-01-04T22:59:59Z")).expect("it is on");
    assert_eq!((on.from, on.to), (at("2026-01-04T22:00:00Z"), at("2026-01-04T23:00:00Z")));
}

#[test]
fn what_cannot_be_followed_is_told_by_field() {
    let wrong = |rrule: &str, zone: &str, minutes| -> Vec<String> {
        let errors = Recurrence::read(rrule, zone, at("2026-01-01T00:00:00Z"), minutes).expect_err("refused");
        errors.into_iter().map(|error| error.field).collect()
    };
    for rrule in [
        "",
        "every day",
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=1,2",
        "FREQ=DAILY\nRRULE:FREQ=DAILY",
        "DTSTART:20260101T000000Z",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=20200101T000000Z",
        "FREQ=MONTHLY;BYMONTHDAY=99",
        &"FREQ=DAILY;BYMONTHDAY=1,".repeat(40),
    ] {
        let begun = Instant::now();
        assert_eq!(wrong(rrule, "UTC", 60), ["rrule"], "{rrule}");
        assert!(begun.elapsed().as_secs() < 5, "{rrule}");
    }
    assert_eq!(wrong("FREQ=DAILY", "Mars/Olympus", 0), ["time_zone", "duration_minutes"]);
    assert_eq!(wrong("FREQ=DAILY", "UTC", -5), ["duration_minutes"]);
}

#[test]
fn a_refusal_is_one_sentence() {
    let message = |rrule: &str| {
        let errors = Recurrence::read(rrule, "UTC", at("2026-01-01T00:00:00Z"), 60).expect_err("refused");
        errors.into_iter().map(|error| error.message).collect::<String>()
    };
    assert_eq!(message("FREQ=OFTEN"), "Is no recurrence rule such as FREQ=WEEKLY;BYDAY=SU.");
    assert_eq!(message(&"X".repeat(201)), "At most 200 characters.");
    for rrule in ["", "every day", "FREQ=DAILY;COUNT=99999999999", "FREQ=DAILY;INTERVAL=0", "FREQ=MONTHLY;BYMONTHDAY=99", "FREQ=DAILY;UNTIL=20200101T000000Z"] {
        let told = message(rrule);
        assert!(told.ends_with('.') && !told.trim_end_matches('.').contains(". ") && !told.ends_with("..") && !told.contains('`'), "{rrule}: {told}");
    }
}

#[test]
fn a_moment_that_nobody_plans_for_is_none() {
    assert!(local("2026-03-01T22:00", "UTC").is_some());
    for minute in ["+262142-12-31T23:59", "1969-12-31T23:59", "2201-01-01T00:00", "2026-02-30T00:00"] {
        assert_eq!(local(minute, "Pacific/Kiritimati"), None, "{minute}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    /// A daily window comes once on each day of the clock, in every zone there is, over both clock changes of a year.
    #[test]
    fn in_every_zone_it_comes_once_a_day(minute in 0..1_440_i64, year in 2024..2030_i32) {
        for zone in chrono_tz::TZ_VARIANTS {
            let first = NaiveDateTime::parse_from_str(&format!("{year}-01-01 00:00"), "%Y-%m-%d %H:%M").expect("a time") + TimeDelta::minutes(minute);
            let starts_at = Timestamp::from(moment(zone, first));
            let recurrence = Recurrence::read("FREQ=DAILY;COUNT=366", zone.name(), starts_at, 1).expect("a rule");
            let moments: Vec<_> = recurrence.times.clone().into_iter().map(|time| moment(zone, time.naive_utc()).timestamp_millis()).collect();
            prop_assert_eq!(moments.len(), 366);
            for (day, pair) in moments.windows(2).enumerate() {
                // A change is of three hours at most; none comes twice, none is left out.
                prop_assert!((pair[1] - pair[0] - DAY).abs() <= 3 * 3_600_000, "{} {day}: {pair:?}", zone.name());
            }
        }
    }

    #[test]
    fn whatever_is_typed_is_refused_or_followed(rrule in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY))?(;[A-Z]{1,10}=[-A-Z0-9,]{0,8}){0,3}") {
        if let Ok(recurrence) = Recurrence::read(&rrule, "Europe/Berlin", Timestamp::from_millis(1_770_000_000_000), 60) {
            prop_assert!(recurrence.at_or_after(Timestamp::from_millis(1_770_000_000_000)).is_some());
        }
    }
}
