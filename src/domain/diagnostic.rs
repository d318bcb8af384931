//! A diagnostic run: the full set of scenarios over one or many connections, and the verdict a release obeys.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::{
    correlation_id::CorrelationId,
    environment::Environment,
    ids::{EvidenceId, ProfileId, RunId},
    time::Timestamp,
    verification::StepOutcome,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum RunStatus {
    /// Waits for its turn.
    Queued,
    Running,
    /// Every scenario ended, none that blocks failed, and all evidence was kept.
    Passed,
    Failed,
    /// Cancelled, or the console stopped before the last scenario.
    Interrupted,
}

impl RunStatus {
    pub const fn is_finished(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// What a release pipeline obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Verdict {
    Pass,
    Block,
}

/// One scenario of one connection, as it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct DiagnosticResult {
    pub connection_id: ProfileId,
    /// Its name when it was tried.
    pub connection_name: String,
    pub scenario: String,
    pub title: String,
    pub outcome: StepOutcome,
    pub blocking: bool,
    /// Milliseconds, to a tenth.
    pub latency_ms: f64,
    /// What the service showed, redacted.
    pub found: String,
    pub why: String,
    pub remediation: String,
    /// Which cause a failure was of, as runbooks name it; absent for what passed, and for what was tried before causes were kept.
    pub cause: Option<String>,
    /// What was kept of it; empty once retention has removed it.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub evidence_ids: Vec<EvidenceId>,
    /// Passed on to the service, and found in its log if it keeps it.
    pub correlation_id: CorrelationId,
    pub finished_at: Timestamp,
}

/// How many scenarios ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RunCounts {
    pub passed: u32,
    pub warned: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl RunCounts {
    pub fn add(&mut self, outcome: StepOutcome, times: u32) {
        match outcome {
            StepOutcome::Passed => self.passed += times,
            StepOutcome::Warned => self.warned += times,
            StepOutcome::Failed => self.failed += times,
            StepOutcome::Skipped => self.skipped += times,
        }
    }

    pub const fn total(&self) -> u32 {
        self.passed + self.warned + self.failed + self.skipped
    }
}

/// From how often each outcome occurs.
impl FromIterator<(StepOutcome, i64)> for RunCounts {
    fn from_iter<I: IntoIterator<Item = (StepOutcome, i64)>>(outcomes: I) -> Self {
        let mut counts = Self::default();
        for (outcome, times) in outcomes {
            counts.add(outcome, u32::try_from(times).unwrap_or(u32::MAX));
        }
        counts
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct DiagnosticTestRun {
    pub id: RunId,
    pub status: RunStatus,
    /// Absent until the run has ended.
    pub verdict: Option<Verdict>,
    pub requested_by: String,
    /// The environment all its connections are in; absent when they are in several.
    pub environment: Option<Environment>,
    /// The release it was run for, if the caller named one.
    pub release: Option<String>,
    #[cfg_attr(feature = "server", sqlx(json))]
    pub connection_ids: Vec<ProfileId>,
    /// The scenarios it was narrowed to; absent means all.
    #[cfg_attr(feature = "server", sqlx(json(nullable)))]
    pub scenarios: Option<Vec<String>>,
    /// How many scenarios it will have gone through when it is done.
    pub planned: i64,
    pub requested_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Why it was interrupted; absent otherwise.
    pub note: Option<String>,
    /// Why evidence is missing; a run that lost evidence does not pass.
    pub evidence_lost: Option<String>,
    pub correlation_id: CorrelationId,
    /// In the order of the connections and their scenarios; absent from lists.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub results: Vec<DiagnosticResult>,
    #[cfg_attr(feature = "server", sqlx(json))]
    pub counts: RunCounts,
}

impl DiagnosticTestRun {
    pub const fn is_of_one_connection(&self) -> bool {
        self.connection_ids.len() == 1
    }

    /// Whether all of it is told: once it has ended, and of one connection at any time. Of several it is too much while they look each moment.
    pub const fn is_told_whole(&self) -> bool {
        self.status.is_finished() || self.is_of_one_connection()
    }
}

/// Which runs are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    pub environment: Option<Environment>,
    pub status: Option<RunStatus>,
    /// Runs that tried it.
    pub connection: Option<ProfileId>,
}

/// A run in a list: with counts, without results.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    pub run: DiagnosticTestRun,
    /// Of the one connection it tries; absent when it tries more, or has no result yet.
    pub connection_name: Option<String>,
}

/// What a scenario of a connection was like before a run.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Baseline {
    pub connection_id: ProfileId,
    pub scenario: String,
    /// How it ended the time before.
    pub before: Option<StepOutcome>,
    /// The last run in which it passed.
    pub passed_run: Option<RunId>,
    pub passed_at: Option<Timestamp>,
    /// Milliseconds: the median of the last 20 times it passed; none before the third, for one pass is no measure of a service.
    pub median_ms: Option<f64>,
}
