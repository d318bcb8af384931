//! What is done again and again so that the console's surroundings stay sound: the tasks that are shipped, and when each is due.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{business_hours::local_date, time::Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MaintenanceTask {
    BackupVerification,
    DependencyUpdates,
    SecurityPatches,
    MajorUpgrade,
}

impl MaintenanceTask {
    pub const fn title(self) -> &'static str {
        match self {
            Self::BackupVerification => "Verify the last backup of the database",
            Self::DependencyUpdates => "Update dependencies",
            Self::SecurityPatches => "Apply security patches",
            Self::MajorUpgrade => "Upgrade to a new major version",
        }
    }

    /// In days; absent where it is done when it is needed.
    pub const fn every_days(self) -> Option<u64> {
        match self {
            Self::BackupVerification => Some(1),
            Self::DependencyUpdates => Some(7),
            Self::SecurityPatches => None,
            Self::MajorUpgrade => Some(30),
        }
    }

    /// At most, in minutes; none where it takes none of anybody's time.
    pub const fn takes_minutes(self) -> u32 {
        match self {
            Self::BackupVerification => 0,
            Self::DependencyUpdates => 15,
            Self::SecurityPatches => 30,
            Self::MajorUpgrade => 120,
        }
    }

    /// What people notice of it.
    pub const fn impact(self) -> &'static str {
        match self {
            Self::BackupVerification => "None",
            Self::DependencyUpdates | Self::SecurityPatches => "Brief downtime",
            Self::MajorUpgrade => "Scheduled maintenance",
        }
    }
}

/// The last time that a task was done.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LastDone {
    pub task: MaintenanceTask,
    pub note: String,
    pub done_by: String,
    pub done_at: Timestamp,
}

/// A task as it stands on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TaskState {
    pub task: MaintenanceTask,
    pub title: &'static str,
    pub every_days: Option<u64>,
    pub takes_minutes: u32,
    pub impact: &'static str,
    pub last_done_at: Option<Timestamp>,
    pub last_done_by: Option<String>,
    /// What was said then.
    pub note: Option<String>,
    /// Absent where it is done when it is needed.
    pub due_on: Option<NaiveDate>,
    /// Its day is today, or was before.
    pub is_due: bool,
    /// Its day was before today.
    pub is_late: bool,
}

impl TaskState {
    /// What has never been done is due, and not late: nobody knows since when.
    pub fn of(task: MaintenanceTask, last: Option<&LastDone>, now: Timestamp, zone: Tz) -> Self {
        let today = local_date(zone, now);
        let next = |last: &LastDone, every| local_date(zone, last.done_at).checked_add_days(Days::new(every));
        let due_on = task.every_days().map(|every| last.and_then(|last| next(last, every)).unwrap_or(today));
        Self {
            task,
            title: task.title(),
            every_days: task.every_days(),
            takes_minutes: task.takes_minutes(),
            impact: task.impact(),
            last_done_at: last.map(|last| last.done_at),
            last_done_by: last.map(|last| last.done_by.clone()),
            note: last.map(|last| last.note.clone()),
            due_on,
            is_due: due_on.is_some_and(|due| due <= today),
            is_late: due_on.is_some_and(|due| due < today),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_due_on_its_day_and_late_the_day_after() {
        let done_at: Timestamp = "2026-01-01T23:59:00Z".parse().expect("a moment");
        let at = |task, day: &str, done: bool, zone| {
            let last = LastDone { task, note: String::new(), done_by: "Ada".to_owned(), done_at };
            let now = format!("{day}T12:00:00Z").parse().expect("a moment");
            let standing = TaskState::of(task, done.then_some(&last), now, zone);
            (standing.is_due, standing.is_late)
        };
        let of = |task, day, done| at(task, day, done, Tz::UTC);
        for (day, expected) in [("2026-01-07", (false, false)), ("2026-01-08", (true, false)), ("2026-01-09", (true, true))] {
            assert_eq!(of(MaintenanceTask::DependencyUpdates, day, true), expected, "{day}");
        }
        // In Tokyo it was done on the second.
        assert_eq!(at(MaintenanceTask::DependencyUpdates, "2026-01-08", true, Tz::Asia__Tokyo), (false, false));
        assert_eq!(of(MaintenanceTask::MajorUpgrade, "2026-01-01", false), (true, false));
        assert_eq!(of(MaintenanceTask::SecurityPatches, "2036-01-01", true), (false, false));
    }
}
