//! What the console does by itself in a step: a file for each sort of verb.

use domain::{
    correlation_id::CorrelationId,
    delivery::Delivery,
    environment::Environment,
    ids::{RunId, TeamId},
    kind::KindDescriptor,
    profile::ServiceConnectionProfile,
    runbook::{
        StepAction,
        execution::{Execution, ExecutionStep},
    },
    time::Timestamp,
};

use crate::{Console, OpsError};
use store::TeamDb;

mod check;
mod diagnose;
mod notify;
pub mod request;

pub use check::{heartbeat_signals, measured_signals};

/// Longest that a step says of what it found, in characters.
const LONGEST_FOUND: usize = 4_000;

/// What a step is carried out on.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub console: &'a Console,
    pub team: TeamId,
    pub execution: &'a Execution,
    pub step: &'a ExecutionStep,
    /// What the execution is about, as it is now.
    pub connection: Option<&'a ServiceConnectionProfile>,
    pub correlation_id: &'a CorrelationId,
    /// When the step was begun.
    pub begun_at: Timestamp,
}

impl Work<'_> {
    fn team_db(&self) -> TeamDb {
        self.console.db.for_team(self.team)
    }

    /// Whose rules of egress hold.
    fn environment(&self) -> Environment {
        self.connection.map_or(self.console.sending.environment, |connection| connection.environment)
    }
}

/// What came of it.
#[derive(Debug)]
pub enum VerbOutcome {
    Over(Finding),
    /// Not yet; it is looked at again then. What was found so far is told meanwhile, without secrets.
    Later {
        again: Timestamp,
        so_far: String,
    },
}

#[derive(Debug)]
pub struct Finding {
    pub is_well: bool,
    /// Without secrets.
    pub found: String,
    pub run_id: Option<RunId>,
    /// Messages that are written in the unit of work that notes this, so that none is sent twice.
    pub messages: Vec<Delivery>,
}

/// `12:34:56 UTC`
fn clock(at: Timestamp) -> String {
    at.as_datetime().format("%H:%M:%S UTC").to_string()
}

impl VerbOutcome {
    fn well(found: impl Into<String>) -> Self {
        Self::over(true, found)
    }

    fn failed(found: impl Into<String>) -> Self {
        Self::over(false, found)
    }

    fn over(is_well: bool, found: impl Into<String>) -> Self {
        let found = found.into().chars().take(LONGEST_FOUND).collect();
        Self::Over(Finding { is_well, found, run_id: None, messages: Vec::new() })
    }
}

/// # Errors
/// The console itself failed; then nothing is known, and it is done again.
pub async fn carry_out(work: Work<'_>) -> Result<VerbOutcome, OpsError> {
    let action = &work.step.step.action;
    let connection = match work.connection {
        None if action.needs_a_connection() => {
            return Ok(VerbOutcome::failed("No connection was named that this could look at: skip the step, or begin anew with one."));
        }
        connection => connection,
    };
    match (action, connection) {
        (StepAction::Verify, Some(connection)) => diagnose::verify(work, connection).await,
        (StepAction::Diagnose(diagnose), Some(connection)) => diagnose::diagnose(work, connection, &diagnose.scenarios).await,
        (StepAction::Check(check), Some(connection)) => check::check(work, connection, check).await,
        (StepAction::Dns(lookup), _) => Ok(request::dns(work, lookup).await),
        (StepAction::Http(request), _) => Ok(request::http(work, request).await),
        (StepAction::Notify(notice), _) => notify::notify(work, notice).await,
        (StepAction::Wait(wait), _) => {
            let until = work.begun_at + std::time::Duration::from_secs(wait.span.seconds().into());
            if work.console.clock.now() >= until {
                return Ok(VerbOutcome::well(format!("Waited for {}.", wait.span)));
            }
            Ok(VerbOutcome::Later { again: until, so_far: format!("It goes on at {}.", clock(until)) })
        }
        (StepAction::Manual | StepAction::Approve | StepAction::Verify | StepAction::Diagnose(_) | StepAction::Check(_), _) => {
            Ok(VerbOutcome::failed("A person does this step."))
        }
    }
}

/// The scenario of a kind that takes the number of `signal`.
fn measuring(kind: &KindDescriptor, signal: &str) -> Option<&'static str> {
    kind.scenarios.iter().find(|scenario| scenario.measures.contains(&signal)).map(|scenario| scenario.id)
}
