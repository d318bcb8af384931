//! A time in which failures are expected: heartbeats are not tried, and uptime does not count it.

use serde::{Deserialize, Serialize};

use super::{
    ids::{ProfileId, WindowId},
    time::Timestamp,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct MaintenanceWindow {
    pub id: WindowId,
    /// Absent: every connection of the team.
    pub connection_id: Option<ProfileId>,
    pub starts_at: Timestamp,
    /// A slot at this moment is tried again.
    pub ends_at: Timestamp,
    pub reason: String,
    pub created_by: String,
    pub created_at: Timestamp,
}
