//! An open failure: opened, acknowledged, resolved.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    correlation::CorrelationId,
    error_event::Severity,
    id::Id,
    profile::{Environment, ProfileId},
    time::Timestamp,
};

pub type IncidentId = Id<Incident>;

/// How urgent an incident is, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum IncidentSeverity {
    P1,
    P2,
    P3,
    P4,
}

impl IncidentSeverity {
    /// Of a connection whose policy names none.
    pub const fn usual_in(environment: Environment) -> Self {
        match environment {
            Environment::Production => Self::P2,
            Environment::Staging => Self::P3,
            Environment::Development => Self::P4,
        }
    }

    /// The severity of what is told about it.
    pub const fn notified_as(self) -> Severity {
        match self {
            Self::P1 | Self::P2 => Severity::Critical,
            Self::P3 => Severity::Error,
            Self::P4 => Severity::Warning,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum IncidentStatus {
    Open,
    /// Someone has taken it on.
    Acknowledged,
    /// By a recovery, or by a person.
    Resolved,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Incident {
    pub id: IncidentId,
    /// Absent when it is about the console itself.
    pub connection_id: Option<ProfileId>,
    pub severity: IncidentSeverity,
    pub status: IncidentStatus,
    pub opened_at: Timestamp,
    /// When the first failure of the streak was due.
    pub first_failed_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    pub acknowledged_by: Option<String>,
    pub resolved_at: Option<Timestamp>,
    /// One line.
    pub summary: String,
    /// Of the heartbeat that opened it; passed on to the service.
    pub correlation_id: CorrelationId,
    /// The oldest first; absent from lists.
    #[cfg_attr(feature = "server", sqlx(skip))]
    pub timeline: Vec<TimelineEntry>,
}

/// An incident in a list, with what it is about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct ListedIncident {
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub incident: Incident,
    pub connection_name: Option<String>,
    pub environment: Option<Environment>,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum TimelineKind {
    Opened,
    Acknowledged,
    Note,
    Recovered,
    Resolved,
}

/// What a person does about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum IncidentAction {
    Acknowledge,
    Note,
    Resolve,
}
