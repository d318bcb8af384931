//! A service connection and its life: draft, verified, active, suspended, archived.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    environment::Environment,
    error::ErrorCode,
    health::HealthStatus,
    ids::{ProfileId, TeamId},
    kind::KindId,
    policy::HeartbeatPolicy,
    time::Timestamp,
    verification::VerificationOutcome,
};

/// Values of a kind's fields that are not secret, by field name.
pub type Settings = BTreeMap<String, serde_json::Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum State {
    /// Not verified as it stands.
    Draft,
    /// The current version passed against the real service.
    Verified,
    Active,
    Suspended,
    Archived,
}

/// A change of state that a person asks for; verification makes the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Transition {
    Activate,
    Suspend,
    Resume,
    Archive,
    /// Takes an archived connection back, as a draft.
    Restore,
}

impl Transition {
    /// Whether a connection in `from` may take this step, leaving aside how fresh its verification is.
    ///
    /// # Errors
    /// The code that tells the person why not.
    pub const fn allowed_from(self, from: State) -> Result<(), ErrorCode> {
        match (self, from) {
            (Self::Restore, _) => Ok(()),
            (_, State::Archived) => Err(ErrorCode::ConnectionArchived),
            (Self::Activate, State::Draft | State::Verified | State::Active)
            | (Self::Suspend, State::Active | State::Suspended)
            | (Self::Resume, State::Suspended | State::Active)
            | (Self::Archive, _) => Ok(()),
            (Self::Activate, State::Suspended) => Err(ErrorCode::ConnectionSuspended),
            (Self::Suspend | Self::Resume, _) => Err(ErrorCode::ConnectionNotActive),
        }
    }
}

/// A configured dependency. Its credential is not here: it never leaves the vault but to be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct ServiceConnectionProfile {
    pub id: ProfileId,
    pub team_id: TeamId,
    pub name: String,
    pub kind: KindId,
    pub environment: Environment,
    pub state: State,
    /// Rises by one with every edit; the `ETag` of the connection.
    pub version: i64,
    #[cfg_attr(feature = "server", sqlx(json), schema(value_type = Object))]
    pub settings: Settings,
    pub has_credential: bool,
    #[cfg_attr(feature = "server", sqlx(json))]
    pub heartbeat: HeartbeatPolicy,
    #[cfg_attr(feature = "server", sqlx(json))]
    pub tags: Vec<String>,
    pub owner: Option<String>,
    pub runbook_url: Option<String>,
    /// Connections without which it cannot be well: while one of them has an incident, nobody is told of its own.
    #[cfg_attr(feature = "server", sqlx(json))]
    pub depends_on: Vec<ProfileId>,
    pub last_verified_at: Option<Timestamp>,
    /// The version that last passed; the connection may be activated while it equals `version`.
    pub verified_version: Option<i64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How a connection is, beside what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionSummary {
    /// Absent where it was never watched.
    pub health: Option<HealthStatus>,
    /// Absent where it was never tested.
    pub last_test: Option<VerificationOutcome>,
}

/// One line of a connection's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct ConnectionChange {
    pub at: Timestamp,
    pub act: ConnectionAct,
    pub actor: String,
    /// The connection's version after the act.
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum ConnectionAct {
    Created,
    Edited,
    /// An edit that took the verification away.
    Unverified,
    Activated,
    Suspended,
    Resumed,
    Archived,
    Restored,
}
