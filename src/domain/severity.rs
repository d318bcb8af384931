//! How grave a thing is: of what is told, and of incidents.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::environment::Environment;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Severity {
    Info,
    Warning,
    Error,
    Critical,
}

/// How urgent an incident is, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum IncidentSeverity {
    P1,
    P2,
    P3,
    P4,
}

impl IncidentSeverity {
    /// As people write it: `P1`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }

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
