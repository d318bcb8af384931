//! An open failure: opened, acknowledged, resolved.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    correlation::CorrelationId,
    environment::Environment,
    ids::{IncidentId, ProfileId},
    severity::IncidentSeverity,
    time::Timestamp,
};

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
