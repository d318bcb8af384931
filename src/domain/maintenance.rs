//! A time in which failures are expected: heartbeats are not tried, uptime does not count it, and nobody is told.

use serde::{Deserialize, Serialize};

use super::{
    environment::Environment,
    ids::{ProfileId, WindowId},
    matchers::Matchers,
    time::Timestamp,
};

/// It holds for the connections that all of `connection_id`, `tag` and `environment` name; for every one of the team where none is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct MaintenanceWindow {
    pub id: WindowId,
    pub connection_id: Option<ProfileId>,
    pub tag: Option<String>,
    pub environment: Option<Environment>,
    /// Of the first occurrence, where it comes again.
    pub starts_at: Timestamp,
    /// A slot at this moment is tried again.
    pub ends_at: Timestamp,
    /// By which it comes again, as RFC 5545 writes it: `FREQ=WEEKLY;BYDAY=SU`.
    pub rrule: Option<String>,
    /// By whose clocks it does.
    pub time_zone: Option<String>,
    /// Of each occurrence.
    pub duration_minutes: Option<i32>,
    /// The occurrence that is on, or the next one; the last one, where no more follows.
    pub opens_at: Timestamp,
    pub closes_at: Timestamp,
    pub reason: String,
    pub created_by: String,
    pub created_at: Timestamp,
}

impl MaintenanceWindow {
    pub fn matchers(&self) -> Matchers {
        Matchers { connection_id: self.connection_id, tag: self.tag.clone(), environment: self.environment }
    }
}
