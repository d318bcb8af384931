//! Who hears: contacts, when it is whose turn, and who is next.

use std::{collections::BTreeSet, time::Duration};

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::{
    business_hours::{ClockTime, Day, is_planned_for, local_date, moment_of},
    error::FieldError,
    identity::check_identity,
    ids::{ChannelId, ContactId, Id, OperatorId, ScheduleId},
    time::Timestamp,
};

/// People of one schedule, levels of one policy, targets of one level.
const MOST: usize = 50;
/// The last level is reached within a week.
const LATEST_MINUTES: u32 = 7 * 24 * 60;

/// Someone who can be told, by mail of their own or on channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Contact {
    pub name: String,
    /// The person of the team that this is.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub operator_id: Option<OperatorId>,
    /// Mails to it are sent by the console's own mail server.
    pub email: Option<String>,
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub channel_ids: Vec<ChannelId>,
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct OnCallSchedule {
    pub name: String,
    /// As IANA names it: `Europe/Berlin`.
    #[schema(value_type = String)]
    pub time_zone: Tz,
    pub rotation: Rotation,
    #[schema(value_type = String, pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    pub hand_over_time: ClockTime,
    /// Of a weekly rotation.
    pub hand_over_day: Day,
    /// The first of the people begins on this day, or in the week that this day lies in.
    pub starts_on: NaiveDate,
    /// In their order.
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub contact_ids: Vec<ContactId>,
    /// The last one that is written wins where several overlap.
    pub overrides: Vec<Override>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rotation {
    Daily,
    #[default]
    Weekly,
}

/// Somebody takes over for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    #[schema(value_type = uuid::Uuid)]
    pub contact_id: ContactId,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
}

/// Who is told after how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct EscalationPolicy {
    pub name: String,
    /// The earliest first.
    pub levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Such as `Platform`.
    #[serde(default)]
    pub name: String,
    /// After the incident has opened.
    #[schema(maximum = 10_080)]
    pub after_minutes: u32,
    /// None: whoever goes by the level's name, a schedule, contact or channel; and where nobody does, the channels that hear of the incident.
    #[serde(default)]
    pub targets: Vec<Target>,
}

/// One of the three: `{"contact_id": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Target {
    #[serde(rename = "contact_id")]
    #[schema(value_type = uuid::Uuid)]
    Contact(ContactId),
    /// Who is on call then.
    #[serde(rename = "schedule_id")]
    #[schema(value_type = uuid::Uuid)]
    Schedule(ScheduleId),
    #[serde(rename = "channel_id")]
    #[schema(value_type = uuid::Uuid)]
    Channel(ChannelId),
}

/// One turn, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    pub contact_id: ContactId,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    pub is_override: bool,
}

pub const fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(minutes as u64 * 60)
}

impl Default for OnCallSchedule {
    fn default() -> Self {
        Self {
            name: String::new(),
            time_zone: Tz::UTC,
            rotation: Rotation::default(),
            hand_over_time: ClockTime::from_hours(9),
            hand_over_day: Day::Monday,
            // A Monday.
            starts_on: NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default(),
            contact_ids: Vec::new(),
            overrides: Vec::new(),
        }
    }
}

impl OnCallSchedule {
    /// Who is on call at that moment; none where it names nobody.
    pub fn who(&self, at: Timestamp) -> Option<ContactId> {
        self.overriding(at).or_else(|| self.turn(self.turn_of(at)))
    }

    /// Every shift that lies in the time, the earliest first, without gap. The first and the last are whole turns, as far as no override cuts them.
    pub fn shifts(&self, from: Timestamp, to: Timestamp) -> Vec<Shift> {
        let mut shifts = Vec::new();
        let mut turn = self.turn_of(from);
        while self.hand_over(turn) < to {
            let (begin, end) = (self.hand_over(turn), self.hand_over(turn + 1));
            let mut edges: BTreeSet<_> =
                self.overrides.iter().flat_map(|other| [other.starts_at, other.ends_at]).filter(|edge| *edge > begin && *edge < end).collect();
            edges.extend([begin, end]);
            let edges: Vec<_> = edges.into_iter().collect();
            for pair in edges.windows(2) {
                let overriding = self.overriding(pair[0]);
                if let Some(contact_id) = overriding.or_else(|| self.turn(turn)) {
                    shifts.push(Shift { contact_id, starts_at: pair[0], ends_at: pair[1], is_override: overriding.is_some() });
                }
            }
            turn += 1;
        }
        shifts.retain(|shift| shift.ends_at > from && shift.starts_at < to);
        shifts
    }

    fn overriding(&self, at: Timestamp) -> Option<ContactId> {
        self.overrides.iter().rev().find(|other| other.starts_at <= at && at < other.ends_at).map(|other| other.contact_id)
    }

    fn turn(&self, turn: i64) -> Option<ContactId> {
        let people = i64::try_from(self.contact_ids.len()).ok().filter(|people| *people > 0)?;
        usize::try_from(turn.rem_euclid(people)).ok().and_then(|place| self.contact_ids.get(place)).copied()
    }

    /// The number of the turn that lasts at that moment; the first of the people has turn 0.
    fn turn_of(&self, at: Timestamp) -> i64 {
        let days = (local_date(self.time_zone, at) - self.anchor()).num_days();
        let turn = days.div_euclid(self.days_each());
        // Before the hand-over of its day it is the turn before; and a date line may lie between the two.
        (turn - 1..=turn + 1).rev().find(|turn| self.hand_over(*turn) <= at).unwrap_or(turn - 1)
    }

    fn hand_over(&self, turn: i64) -> Timestamp {
        let days = turn.saturating_mul(self.days_each());
        let distance = Days::new(days.unsigned_abs());
        let date = if days < 0 { self.anchor().checked_sub_days(distance) } else { self.anchor().checked_add_days(distance) };
        moment_of(self.time_zone, date.unwrap_or(self.anchor()), self.hand_over_time)
    }

    const fn days_each(&self) -> i64 {
        match self.rotation {
            Rotation::Daily => 1,
            Rotation::Weekly => 7,
        }
    }

    /// The day on which turn 0 begins.
    fn anchor(&self) -> NaiveDate {
        if self.rotation == Rotation::Daily {
            return self.starts_on;
        }
        let begins = |date: &NaiveDate| Day::from(date.weekday()) == self.hand_over_day;
        self.starts_on.iter_days().rev().take(7).find(begins).unwrap_or(self.starts_on)
    }
}

/// What a team keeps under a name, and what its parts name in turn.
pub trait OnCallDocument: Clone + Default + Serialize + for<'de> Deserialize<'de> + Send + Sync + Unpin + 'static {
    fn name(&self) -> &str;

    /// What is wrong with it, by the member's name.
    fn check(&self) -> Vec<FieldError>;

    /// What it names.
    fn targets(&self) -> Vec<Target>;
}

/// What is kept, with what else is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    pub id: Id<()>,
    /// Rises with every edit.
    pub version: i64,
    pub of: T,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl OnCallDocument for Contact {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Vec<FieldError> {
        check_identity(&self.name, &[], None, None)
    }

    fn targets(&self) -> Vec<Target> {
        self.channel_ids.iter().copied().map(Target::Channel).collect()
    }
}

impl OnCallDocument for OnCallSchedule {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Vec<FieldError> {
        let mut errors = check_identity(&self.name, &[], None, None);
        if self.contact_ids.is_empty() {
            errors.push(FieldError::new("contact_ids", "Name at least one person."));
        } else if self.contact_ids.len() > MOST {
            errors.push(FieldError::new("contact_ids", format!("At most {MOST} people.")));
        }
        if self.overrides.len() > MOST || self.overrides.iter().any(|other| other.ends_at <= other.starts_at) {
            errors.push(FieldError::new("overrides", format!("At most {MOST}, each of which ends after it has begun.")));
        }
        if !is_planned_for(self.starts_on) {
            errors.push(FieldError::new("starts_on", "A day from the years 1970 to 2200."));
        }
        errors
    }

    fn targets(&self) -> Vec<Target> {
        self.contact_ids.iter().copied().chain(self.overrides.iter().map(|other| other.contact_id)).map(Target::Contact).collect()
    }
}

impl OnCallDocument for EscalationPolicy {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Vec<FieldError> {
        let mut errors = check_identity(&self.name, &[], None, None);
        if self.levels.is_empty() || self.levels.len() > MOST {
            errors.push(FieldError::new("levels", format!("1 to {MOST}.")));
        }
        for (number, level) in self.levels.iter().enumerate() {
            let earlier = number.checked_sub(1).and_then(|before| self.levels.get(before)).map_or(0, |before| before.after_minutes);
            if !(earlier..=LATEST_MINUTES).contains(&level.after_minutes) {
                let message = format!("From {earlier} to {LATEST_MINUTES}: not before the level above, and within a week.");
                errors.push(FieldError::new(format!("levels.{number}.after_minutes"), message));
            }
            if level.targets.len() > MOST {
                errors.push(FieldError::new(format!("levels.{number}.targets"), format!("At most {MOST}.")));
            }
            let name = if level.name.is_empty() { Vec::new() } else { check_identity(&level.name, &[], None, None) };
            errors.extend(name.into_iter().map(|error| FieldError::new(format!("levels.{number}.name"), error.message)));
        }
        errors
    }

    fn targets(&self) -> Vec<Target> {
        self.levels.iter().flat_map(|level| level.targets.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn people<const N: usize>() -> [ContactId; N] {
        std::array::from_fn(|_| ContactId::new())
    }

    #[test]
    fn turns_follow_each_other_by_the_clock_on_the_wall() {
        let [ada, bea] = people();
        let schedule = OnCallSchedule { time_zone: Tz::Europe__Berlin, contact_ids: vec![ada, bea], ..OnCallSchedule::default() };
        // The second hand-over lies after the change to summer time.
        for (moment, who) in [
            ("2026-01-05T07:59:59Z", bea),
            ("2026-01-05T08:00:00Z", ada),
            ("2026-01-12T07:59:59Z", ada),
            ("2026-01-12T08:00:00Z", bea),
            ("2026-03-30T06:59:59Z", bea),
            ("2026-03-30T07:00:00Z", ada),
        ] {
            assert_eq!(schedule.who(at(moment)), Some(who), "{moment}");
        }
    }

    #[test]
    fn an_override_takes_over_and_gives_back() {
        let [ada, bea, eva] = people();
        let cover = Override { contact_id: eva, starts_at: at("2026-01-06T00:00:00Z"), ends_at: at("2026-01-07T00:00:00Z") };
        let schedule = OnCallSchedule { contact_ids: vec![ada, bea], overrides: vec![cover], ..OnCallSchedule::default() };
        let who = |moment: &str| schedule.who(at(moment));
        assert_eq!((who("2026-01-05T23:59:59Z"), who("2026-01-06T00:00:00Z"), who("2026-01-07T00:00:00Z")), (Some(ada), Some(eva), Some(ada)));
        let shifts: Vec<_> = schedule.shifts(at("2026-01-05T12:00:00Z"), at("2026-01-13T00:00:00Z")).iter().map(|shift| shift.contact_id).collect();
        assert_eq!(shifts, [ada, eva, ada, bea]);
        assert_eq!(OnCallSchedule::default().who(at("2026-01-06T00:00:00Z")), None, "nobody is named");
    }

    #[test]
    fn what_cannot_be_meant_is_told_by_its_member() {
        let fields = |wrong: Vec<FieldError>| wrong.into_iter().map(|error| error.field).collect::<Vec<_>>();
        let level = |after_minutes| Level { name: String::new(), after_minutes, targets: Vec::new() };
        let policy = EscalationPolicy { name: "Nights".into(), levels: vec![level(10), level(5)] };
        assert_eq!(fields(policy.check()), ["levels.1.after_minutes"]);
        assert_eq!(fields(OnCallSchedule::default().check()), ["name", "contact_ids"]);
        let target: Target = serde_json::from_value(json!({"contact_id": ContactId::new()})).expect("a target");
        assert!(matches!(target, Target::Contact(_)));
    }

    proptest! {
        /// Whatever the zone and the rotation: shifts follow each other without gap, and each says who is on call in it.
        #[test]
        fn shifts_tile_time(
            zone in 0..TZ_VARIANTS.len(),
            is_daily in any::<bool>(),
            hours in 0_u16..24,
            number in 1_usize..5,
            millis in 1_500_000_000_000_i64..2_000_000_000_000,
            covers in proptest::collection::vec((0_i64..40 * 24, 1_i64..100), 0..4),
        ) {
            let from = Timestamp::from_millis(millis);
            let after = |hours: i64| Timestamp::from_millis(millis + hours * 3_600_000);
            let contact_ids: Vec<_> = (0..number).map(|_| ContactId::new()).collect();
            let cover = |(begin, length): &(i64, i64)| Override { contact_id: ContactId::new(), starts_at: after(*begin), ends_at: after(begin + length) };
            let schedule = OnCallSchedule {
                time_zone: TZ_VARIANTS[zone],
                rotation: if is_daily { Rotation::Daily } else { Rotation::Weekly },
                hand_over_time: ClockTime::from_hours(hours),
                overrides: covers.iter().map(cover).collect(),
                contact_ids,
                ..OnCallSchedule::default()
            };
            let to = after(28 * 24);
            let shifts = schedule.shifts(from, to);
            prop_assert!(shifts.first().is_some_and(|first| first.starts_at <= from) && shifts.last().is_some_and(|last| last.ends_at >= to));
            for pair in shifts.windows(2) {
                prop_assert_eq!(pair[0].ends_at, pair[1].starts_at);
            }
            for shift in shifts {
                prop_assert!(shift.ends_at > shift.starts_at);
                prop_assert_eq!(schedule.who(shift.starts_at), Some(shift.contact_id));
                prop_assert_eq!(schedule.who(Timestamp::from_millis(shift.ends_at.as_millis() - 1)), Some(shift.contact_id));
            }
        }

        /// Nobody has two turns in a row, and everybody has one.
        #[test]
        fn everybody_has_their_turn(zone in 0..TZ_VARIANTS.len(), is_daily in any::<bool>(), millis in 1_500_000_000_000_i64..2_000_000_000_000) {
            let contact_ids: Vec<ContactId> = people::<3>().into();
            let rotation = if is_daily { Rotation::Daily } else { Rotation::Weekly };
            let schedule = OnCallSchedule { time_zone: TZ_VARIANTS[zone], rotation, contact_ids: contact_ids.clone(), ..OnCallSchedule::default() };
            let from = Timestamp::from_millis(millis);
            let turns: Vec<_> = schedule.shifts(from, from + Duration::from_secs(28 * 24 * 60 * 60)).iter().map(|shift| shift.contact_id).collect();
            for pair in turns.windows(2) {
                let next = contact_ids.iter().position(|one| *one == pair[0]).map(|place| contact_ids[(place + 1) % 3]);
                prop_assert_eq!(next, Some(pair[1]));
            }
        }
    }
}
