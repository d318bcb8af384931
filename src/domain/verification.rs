//! What was found when a connection was tried against the real service.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::{
    correlation_id::CorrelationId,
    ids::{ProfileId, VerificationId},
    time::Timestamp,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum StepOutcome {
    Passed,
    /// Failed, but the scenario is advisory.
    Warned,
    Failed,
    /// Not run, because a blocking step before it failed, or because there was nothing to try: see [`is_unused`].
    Skipped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum VerificationOutcome {
    Running,
    Passed,
    Failed,
    /// The console stopped, or lost its database, before the last step.
    Interrupted,
}

/// One scenario's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Step {
    pub scenario: String,
    pub title: String,
    pub outcome: StepOutcome,
    pub blocking: bool,
    /// Milliseconds, to a tenth.
    pub latency_ms: f64,
    /// What the service showed, redacted.
    pub found: String,
    /// Why a failure matters; empty when it passed.
    pub why: String,
    /// What to do about it; empty when it passed.
    pub remediation: String,
    /// Which cause a failure was of, as runbooks name it; absent for what passed, and for what was tried before causes were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// How the reason begins why a scenario was left nothing to try, such as encryption over `http://`. That is not passed: such a step is
/// skipped, with its reason, and blocks nothing.
pub const NOT_USED: &str = "Not used: ";
/// The same, where the settings do not say enough.
pub const NOT_TRIED: &str = "Not tried: ";

/// Whether a step was skipped for such a reason, rather than for a failure before it.
pub fn is_unused(found: &str) -> bool {
    found.starts_with(NOT_USED) || found.starts_with(NOT_TRIED)
}

/// The scenarios that gate activation, run once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Verification {
    pub id: VerificationId,
    pub connection_id: ProfileId,
    pub profile_version: i64,
    pub outcome: VerificationOutcome,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub correlation_id: CorrelationId,
    pub requested_by: String,
    #[cfg_attr(feature = "server", sqlx(json))]
    pub steps: Vec<Step>,
}

/// The verdict over finished steps: passed unless a blocking one failed, or none ran.
pub fn verdict(steps: &[Step]) -> VerificationOutcome {
    let refused = steps.iter().any(|step| step.blocking && step.outcome != StepOutcome::Passed && step.outcome != StepOutcome::Warned);
    if refused || steps.is_empty() { VerificationOutcome::Failed } else { VerificationOutcome::Passed }
}
