//! What the console tells a team of its own accord, in its pages.

use serde::{Deserialize, Serialize};

use super::{
    ids::{IncidentId, NotificationId, RunId},
    severity::Severity,
    time::Timestamp,
};

/// What waits for someone of a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Waiting {
    /// Incidents that nobody has taken on.
    pub open_incidents: i64,
    /// Notifications that they have not read.
    pub unread: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Notification {
    pub id: NotificationId,
    pub severity: Severity,
    /// One line.
    pub title: String,
    pub body: String,
    /// The diagnostic run it is about.
    pub run_id: Option<RunId>,
    /// The incident it is about.
    pub incident_id: Option<IncidentId>,
    pub created_at: Timestamp,
    /// When whoever asks marked it as read, it alone or all up to then.
    pub read_at: Option<Timestamp>,
}

#[cfg(feature = "server")]
impl Notification {
    /// Unread, and about nothing yet.
    pub fn new(severity: Severity, title: impl Into<String>, body: impl Into<String>, created_at: Timestamp) -> Self {
        Self { id: NotificationId::new(), severity, title: title.into(), body: body.into(), run_id: None, incident_id: None, created_at, read_at: None }
    }

    #[must_use]
    pub fn about_run(self, id: RunId) -> Self {
        Self { run_id: Some(id), ..self }
    }

    #[must_use]
    pub fn about_incident(self, id: IncidentId) -> Self {
        Self { incident_id: Some(id), ..self }
    }
}
