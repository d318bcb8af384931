//! What is looked at each day: filled in by the console, looked through and signed by a person.

use std::time::Duration;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::time::{Timestamp, span_in_words};

/// A backup that is older deserves a look.
const BACKUP_EACH: Duration = Duration::from_secs(36 * 60 * 60);
/// Events and runs are counted over the last day.
pub const LOOKED_BACK: Duration = Duration::from_secs(24 * 60 * 60);

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CheckedThing {
    Incidents,
    Connections,
    Certificates,
    Runs,
    Errors,
    Deliveries,
    Backups,
}

/// What the console knows of a team's day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct DayFacts {
    pub unresolved: i64,
    /// Of those, whom nobody has taken on.
    pub open: i64,
    pub watched: i64,
    pub failing: i64,
    /// Connections whose certificate was last found to end soon.
    pub certificates: i64,
    /// Runs of the last day whose verdict is to block.
    pub blocked: i64,
    /// Of the last day, at level error or above.
    pub errors: i64,
    /// Channels that the team has.
    pub channels: i64,
    pub waiting: i64,
    /// Messages of the last day that were given up.
    pub dead: i64,
    pub backup_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChecklistLine {
    pub thing: CheckedThing,
    /// Nothing there asks for a person.
    pub is_well: bool,
    /// One sentence.
    pub found: String,
}

/// The list of a day, signed or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct DailyChecklist {
    pub day: NaiveDate,
    #[sqlx(json)]
    pub lines: Vec<ChecklistLine>,
    pub note: String,
    pub signed_by: Option<String>,
    pub signed_at: Option<Timestamp>,
}

impl DayFacts {
    /// Every line, filled in.
    pub fn lines(&self, now: Timestamp) -> Vec<ChecklistLine> {
        CheckedThing::iter()
            .map(|thing| {
                let (is_well, found) = self.line(thing, now);
                ChecklistLine { thing, is_well, found }
            })
            .collect()
    }

    fn line(&self, thing: CheckedThing, now: Timestamp) -> (bool, String) {
        match thing {
            CheckedThing::Incidents => (self.unresolved == 0, format!("{} unresolved, {} of them open.", self.unresolved, self.open)),
            CheckedThing::Connections if self.watched == 0 => (false, "Nothing is watched yet.".to_owned()),
            CheckedThing::Connections => (self.failing == 0, format!("{} of {} that are watched fail.", self.failing, self.watched)),
            CheckedThing::Certificates => (self.certificates == 0, format!("{} end soon, as far as they were tried.", self.certificates)),
            CheckedThing::Runs => (self.blocked == 0, format!("{} of the last day block.", self.blocked)),
            CheckedThing::Errors => (self.errors == 0, format!("{} at level error or above in the last day.", self.errors)),
            CheckedThing::Deliveries if self.channels == 0 => (false, "There is no channel: nobody is told outside this console.".to_owned()),
            CheckedThing::Deliveries => (self.dead == 0, format!("{} wait, {} of the last day were given up.", self.waiting, self.dead)),
            CheckedThing::Backups => self.backup(now),
        }
    }

    fn backup(&self, now: Timestamp) -> (bool, String) {
        let Some(at) = self.backup_at else { return (false, "None was made in the last seven days.".to_owned()) };
        let age = now.seconds_since(at).max(0);
        let is_young = u64::try_from(age).is_ok_and(|age| age <= BACKUP_EACH.as_secs());
        (is_young, format!("The last one was made {} ago.", span_in_words(age)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_day_asks_for_nothing_but_a_backup() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let attention = |facts: DayFacts| facts.lines(now).into_iter().filter(|line| !line.is_well).map(|line| line.thing).collect::<Vec<_>>();
        assert_eq!(attention(DayFacts { channels: 1, waiting: 3, watched: 9, ..DayFacts::default() }), [CheckedThing::Backups]);
        let backed_up = DayFacts { channels: 1, watched: 9, backup_at: Some(now - BACKUP_EACH), ..DayFacts::default() };
        assert!(attention(backed_up).is_empty());
        assert_eq!(attention(DayFacts { backup_at: Some(now - BACKUP_EACH - Duration::from_secs(1)), ..backed_up }), [CheckedThing::Backups]);
        let bad = DayFacts { unresolved: 1, failing: 1, certificates: 1, blocked: 1, errors: 1, dead: 1, ..backed_up };
        assert_eq!(attention(bad).len(), 6);
    }
}
