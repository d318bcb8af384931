//! What went wrong, from the moment it was noticed to what was learned of it.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    correlation_id::CorrelationId,
    environment::Environment,
    ids::{IncidentId, ProfileId},
    severity::IncidentSeverity,
    suppression_reason::SuppressionReason,
    time::Timestamp,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum IncidentStatus {
    Open,
    /// Someone has taken it on.
    Acknowledged,
    /// By a recovery, or by a person.
    Resolved,
}

/// How far it has come. None is compulsory but to acknowledge and to resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum IncidentStage {
    Open,
    Acknowledged,
    /// Someone knows how far it reaches.
    Assessed,
    /// It hurts nobody any more, though its cause may still be there.
    Mitigated,
    Resolved,
    /// What was learned is written down.
    PostMortem,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Incident {
    pub id: IncidentId,
    /// Absent when it is about the console itself, or about no connection that whoever declared it could name.
    pub connection_id: Option<ProfileId>,
    pub severity: IncidentSeverity,
    pub status: IncidentStatus,
    pub stage: IncidentStage,
    pub opened_at: Timestamp,
    /// When the first failure of the streak was due.
    pub first_failed_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub acknowledged_by: Option<String>,
    pub assessed_at: Option<Timestamp>,
    pub assessed_by: Option<String>,
    pub mitigated_at: Option<Timestamp>,
    pub mitigated_by: Option<String>,
    pub resolved_at: Option<Timestamp>,
    /// Absent where it recovered by itself.
    pub resolved_by: Option<String>,
    /// When the post-mortem was complete.
    pub post_mortem_at: Option<Timestamp>,
    pub post_mortem_by: Option<String>,
    /// Known once it is resolved; absent where no post-mortem is asked for.
    pub post_mortem_due_at: Option<Timestamp>,
    /// Absent for those that the console opened.
    pub declared_by: Option<String>,
    /// What it was declared for, beside or without a connection.
    #[cfg_attr(feature = "server", sqlx(rename = "declared_in"))]
    pub environment: Option<Environment>,
    /// Who has it.
    #[cfg_attr(feature = "server", sqlx(rename = "assignee"))]
    pub owner: Option<String>,
    /// The incident that this one is a part of.
    pub merged_into: Option<IncidentId>,
    /// Rises by one with every step; the `ETag` of the incident.
    pub version: i64,
    /// One line.
    pub summary: String,
    /// Of the heartbeat that opened it; passed on to the service.
    pub correlation_id: CorrelationId,
    /// The incident that began the group it belongs to: itself where it is alone.
    pub group_id: Option<IncidentId>,
    /// Why nobody is told of it for now.
    pub held_back: Option<SuppressionReason>,
    /// The incident that it follows from: of what its connection depends on.
    pub follows_id: Option<IncidentId>,
    /// The oldest first; absent from lists.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub timeline: Vec<TimelineEntry>,
}

/// What an incident about no connection is called that the console opened.
pub const OF_THE_CONSOLE: &str = "The console itself";

impl Incident {
    /// What lists and pages call it: its connection, or what the person who declared it said.
    pub fn name<'a>(&'a self, connection_name: Option<&'a str>) -> &'a str {
        connection_name.unwrap_or(if self.declared_by.is_some() { &self.summary } else { OF_THE_CONSOLE })
    }
}

#[cfg(feature = "server")]
impl Incident {
    /// Open, about nothing yet, and most urgent.
    pub fn new(now: Timestamp, summary: String, correlation_id: CorrelationId) -> Self {
        Self {
            id: IncidentId::new(),
            connection_id: None,
            severity: IncidentSeverity::P1,
            status: IncidentStatus::Open,
            stage: IncidentStage::Open,
            opened_at: now,
            first_failed_at: now,
            acknowledged_at: None,
            acknowledged_by: None,
            assessed_at: None,
            assessed_by: None,
            mitigated_at: None,
            mitigated_by: None,
            resolved_at: None,
            resolved_by: None,
            post_mortem_at: None,
            post_mortem_by: None,
            post_mortem_due_at: None,
            declared_by: None,
            environment: None,
            owner: None,
            merged_into: None,
            version: 1,
            summary,
            correlation_id,
            group_id: None,
            held_back: None,
            follows_id: None,
            timeline: Vec::new(),
        }
    }
}

/// Which incidents are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    pub status: Option<IncidentStatus>,
    pub connection: Option<ProfileId>,
}

/// An incident in a list, with what it is about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct ListedIncident {
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub incident: Incident,
    pub connection_name: Option<String>,
    pub environment: Option<Environment>,
    /// Whom the connection belongs to.
    pub owner: Option<String>,
    pub runbook_url: Option<String>,
    /// Whose incident it follows from.
    pub follows_name: Option<String>,
}

/// Several incidents that belong together, because they opened together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentGroup {
    /// The incident that began it.
    pub id: IncidentId,
    /// What most of them found: `127.0.0.1:22527 refused the connection`.
    pub cause: String,
    /// How many different things they found.
    pub causes: usize,
    /// How many are not over.
    pub count: usize,
    /// How many of those nobody has taken on.
    pub open: usize,
}

/// What failed, of a summary: without the connection's name, the scenario's title and the full stop.
pub fn cause_of<'a>(summary: &'a str, connection_name: Option<&str>) -> &'a str {
    let failure = connection_name.and_then(|name| summary.strip_prefix(name)).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(summary);
    failure.split_once(": ").map_or(failure, |(_scenario, found)| found).trim_end_matches('.')
}

/// One line of an incident's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct TimelineEntry {
    pub at: Timestamp,
    pub kind: TimelineKind,
    pub text: String,
    /// Absent when the console did it.
    pub by: Option<String>,
    /// The other incident that the line names, such as the one that this was merged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "server", schema(value_type = Option<uuid::Uuid>))]
    pub other_id: Option<IncidentId>,
}

impl TimelineEntry {
    pub fn new(at: Timestamp, kind: TimelineKind, text: impl Into<String>, by: Option<&str>) -> Self {
        Self { at, kind, text: text.into(), by: by.map(str::to_owned), other_id: None }
    }

    #[must_use]
    pub fn naming(self, other: IncidentId) -> Self {
        Self { other_id: Some(other), ..self }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum TimelineKind {
    Opened,
    Acknowledged,
    Assessed,
    Mitigated,
    Note,
    /// Another urgency, with the reason for it.
    Severity,
    /// Someone else has it.
    Owner,
    Merged,
    Split,
    Recovered,
    Resolved,
    PostMortem,
}

/// What a person does about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum IncidentAction {
    Acknowledge,
    Assess,
    Mitigate,
    Note,
    Resolve,
}

#[cfg(test)]
mod tests {
    use super::cause_of;

    #[test]
    fn a_cause_is_what_was_found() {
        let summary = "Orders: Accepts a connection: 127.0.0.1:22527 refused the connection.";
        assert_eq!(cause_of(summary, Some("Orders")), "127.0.0.1:22527 refused the connection");
        assert_eq!(cause_of("The console has lost its network.", None), "The console has lost its network");
        assert_eq!(cause_of("Orders: Answers: no: never.", Some("Orders")), "no: never");
    }
}
