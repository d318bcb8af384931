//! Failures that somebody knows of: they are watched, and nobody is told.

use serde::{Deserialize, Serialize};

use super::{ids::SilenceId, matchers::Matchers, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Silence {
    pub id: SilenceId,
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub matchers: Matchers,
    pub reason: String,
    pub created_by: String,
    pub created_at: Timestamp,
    /// What still stands then is told.
    pub ends_at: Timestamp,
}
