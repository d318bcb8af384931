//! The operator's record of an error that someone met.

use serde::{Deserialize, Serialize};

use super::{
    correlation_id::CorrelationId,
    ids::{ErrorGroupId, Id, ProfileId, TeamId},
    severity::Severity,
    time::Timestamp,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct ErrorEvent {
    pub id: Id<ErrorEvent>,
    /// Absent when nobody was signed in.
    pub team_id: Option<TeamId>,
    pub correlation_id: CorrelationId,
    pub code: String,
    /// What the person read.
    pub user_message: String,
    /// The error and its causes, redacted; empty for a refusal that speaks for itself.
    pub message: String,
    pub severity: Severity,
    /// Which program reported it: `switchboard`, or the reporter's own name.
    pub service: String,
    pub environment: Option<String>,
    /// Method and path of the request, or the name of the task.
    pub operation: String,
    pub actor: Option<String>,
    pub connection_id: Option<ProfileId>,
    /// What the reporter added: a JSON object.
    #[cfg_attr(feature = "server", sqlx(json), schema(value_type = Object))]
    pub context: serde_json::Value,
    pub trace_id: Option<String>,
    /// Those that went wrong in the same way; absent for what was recorded before there were groups.
    pub group_id: Option<ErrorGroupId>,
    /// What the server's log said under its correlation ID until then.
    #[cfg_attr(feature = "server", sqlx(json))]
    pub log_lines: Vec<LogLine>,
    pub occurred_at: Timestamp,
}

/// One line of the server's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LogLine {
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO` …
    pub level: String,
    /// What it says, and its fields as `name=value`.
    pub text: String,
}

/// Which events are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorFilter {
    pub code: Option<String>,
    pub group: Option<ErrorGroupId>,
    pub service: Option<String>,
    pub severity: Option<Severity>,
    /// Leaves out what the console refused by a rule, such as a form with a mistake in it: nothing failed there.
    pub only_failures: bool,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
    /// Part of a message or correlation ID, without regard to case.
    pub q: Option<String>,
}
