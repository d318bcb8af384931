//! One time that a runbook is carried out: a copy of it, and what came of each step.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{Runbook, RunbookStep, StepAction};
use crate::{
    correlation_id::CorrelationId,
    ids::{ExecutionId, IncidentId, ProfileId, RunId, RunbookId},
    time::Timestamp,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum ExecutionStatus {
    /// The next step is the console's.
    Running,
    /// The next step is a person's, or one has failed.
    Waiting,
    /// Every step is done or skipped; a person signs that off.
    Done,
    SignedOff,
    Cancelled,
}

impl ExecutionStatus {
    pub const fn is_over(self) -> bool {
        matches!(self, Self::SignedOff | Self::Cancelled)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = ExecutionOutcome))]
pub enum Outcome {
    Pending,
    /// The console is at it.
    Running,
    Done,
    Skipped,
    Failed,
}

/// What a person says of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Reported {
    Done,
    Skipped,
    Failed,
}

impl From<Reported> for Outcome {
    fn from(reported: Reported) -> Self {
        match reported {
            Reported::Done => Self::Done,
            Reported::Skipped => Self::Skipped,
            Reported::Failed => Self::Failed,
        }
    }
}

/// One line of an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExecutionStep {
    /// The first is 1.
    pub n: i32,
    #[serde(flatten)]
    pub step: RunbookStep,
    pub outcome: Outcome,
    /// Who did it; absent for the console, and while nobody has.
    pub by: Option<String>,
    /// When it was begun.
    pub begun_at: Option<Timestamp>,
    /// When it ended.
    pub at: Option<Timestamp>,
    /// What a person said of it.
    pub note: Option<String>,
    /// What the console saw, redacted.
    pub found: Option<String>,
    /// Passed on to whatever was asked.
    pub correlation_id: Option<CorrelationId>,
    /// The diagnostic run that it was, with its evidence.
    pub run_id: Option<RunId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Execution {
    pub id: ExecutionId,
    pub runbook_id: RunbookId,
    /// Of the runbook, as it was copied.
    pub runbook_version: i64,
    pub name: String,
    pub description: String,
    pub incident_id: Option<IncidentId>,
    pub connection_id: Option<ProfileId>,
    pub status: ExecutionStatus,
    pub started_by: String,
    pub started_at: Timestamp,
    pub signed_off_by: Option<String>,
    /// When it was signed off, or cancelled.
    pub ended_at: Option<Timestamp>,
    /// Absent from lists.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub steps: Vec<ExecutionStep>,
}

/// Which executions are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    pub runbook: Option<RunbookId>,
    pub incident: Option<IncidentId>,
    pub status: Option<ExecutionStatus>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The console does this step.
    Console(i32),
    /// A person does this step, or says what is to become of it.
    Person(i32),
    /// There is no step left.
    End,
}

impl Next {
    /// The step, while there is one.
    pub const fn step(self) -> Option<i32> {
        match self {
            Self::Console(n) | Self::Person(n) => Some(n),
            Self::End => None,
        }
    }

    pub const fn status(self) -> ExecutionStatus {
        match self {
            Self::Console(_) => ExecutionStatus::Running,
            Self::Person(_) => ExecutionStatus::Waiting,
            Self::End => ExecutionStatus::Done,
        }
    }
}

/// Steps go in their order. One that has failed holds up those after it, unless it only informs; then it is come back to at the end, for nothing is
/// signed off that has failed. A test of the connection that has failed does hold up what the console would change by itself: that is for a person to decide.
pub fn next<'a>(steps: impl IntoIterator<Item = (i32, &'a StepAction, Outcome)>) -> Next {
    let (mut informed, mut untested) = (None, None);
    for (n, action, outcome) in steps {
        match outcome {
            Outcome::Done | Outcome::Skipped => {}
            Outcome::Failed if action.only_informs() => {
                informed = informed.or(Some(n));
                untested = untested.or((*action == StepAction::Verify).then_some(n));
            }
            Outcome::Pending | Outcome::Running if !action.is_by_a_person() => {
                let decided_first = untested.filter(|_| action.must_not_be_repeated());
                return decided_first.map_or(Next::Console(n), Next::Person);
            }
            Outcome::Pending | Outcome::Running | Outcome::Failed => return Next::Person(n),
        }
    }
    informed.map_or(Next::End, Next::Person)
}

impl Execution {
    pub fn next(&self) -> Next {
        next(self.steps.iter().map(|step| (step.n, &step.step.action, step.outcome)))
    }

    pub fn step(&self, n: i32) -> Option<&ExecutionStep> {
        self.steps.iter().find(|step| step.n == n)
    }
}

/// The steps of a fresh execution.
pub fn fresh(runbook: &Runbook) -> impl Iterator<Item = ExecutionStep> + '_ {
    (1..).zip(&runbook.steps).map(|(n, step)| ExecutionStep {
        n,
        step: step.clone(),
        outcome: Outcome::Pending,
        by: None,
        begun_at: None,
        at: None,
        note: None,
        found: None,
        correlation_id: None,
        run_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{Diagnose, HttpRequest};

    #[test]
    fn steps_go_in_order_and_a_failed_one_holds_up_the_rest() {
        let look = StepAction::Diagnose(Diagnose { scenarios: vec!["a".into()] });
        let after = |outcomes: [Outcome; 3]| next([(1, &look, outcomes[0]), (2, &StepAction::Manual, outcomes[1]), (3, &StepAction::Verify, outcomes[2])]);
        use Outcome::{Done, Failed, Pending, Running, Skipped};
        assert_eq!(after([Pending, Pending, Pending]), Next::Console(1));
        assert_eq!(after([Running, Pending, Pending]), Next::Console(1));
        assert_eq!(after([Done, Pending, Pending]), Next::Person(2));
        assert_eq!(after([Failed, Pending, Pending]), Next::Person(2), "what it found is why the rest is done");
        assert_eq!(after([Done, Failed, Pending]), Next::Person(2));
        assert_eq!(after([Done, Skipped, Pending]), Next::Console(3));
        assert_eq!(after([Done, Done, Failed]), Next::Person(3));
        assert_eq!(after([Failed, Done, Done]), Next::Person(1), "nothing is signed off that has failed");
        assert_eq!(after([Done, Done, Failed]).status(), ExecutionStatus::Waiting);
        assert_eq!(after([Done, Done, Done]), Next::End);
        assert_eq!(after([Done, Done, Done]).status(), ExecutionStatus::Done);
    }

    #[test]
    fn a_test_that_failed_holds_up_only_what_the_console_would_change_by_itself() {
        let request = |method: &str| {
            StepAction::Http(HttpRequest { url: "https://example.org".into(), method: method.into(), expected_status: "200".into(), conditions: Vec::new() })
        };
        let after = |action: &StepAction| next([(1, &StepAction::Verify, Outcome::Failed), (2, action, Outcome::Pending)]);
        assert_eq!(after(&StepAction::Manual), Next::Person(2), "a person mends what it found");
        assert_eq!(after(&StepAction::Verify), Next::Console(2));
        assert_eq!(after(&request("GET")), Next::Console(2));
        assert_eq!(after(&request("POST")), Next::Person(1));
    }
}
