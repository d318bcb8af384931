//! The one table of who may do what.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// What someone is in a team. Ordered by power: a role may do whatever the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Role {
    /// Sees everything of the team but errors' context.
    Viewer,
    /// Configures, verifies, activates.
    Operator,
    /// Also manages people and tokens.
    Admin,
}

/// What someone may be allowed to do in their team. Each verb of the engine states the one it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumIter, EnumString)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Permission {
    /// Connections, what they may be, and how they were verified.
    ReadConnections,
    /// Heartbeats, uptime and maintenance windows.
    ReadHealth,
    ReadIncidents,
    /// Diagnostic runs and the evidence they kept.
    ReadDiagnostics,
    ReadNotifications,
    /// Create, edit, and every step of a connection's life.
    ConfigureConnections,
    VerifyConnections,
    /// Try connections now, due or not.
    SweepHeartbeats,
    PlanMaintenance,
    /// Acknowledge, note and resolve.
    HandleIncidents,
    /// Begin, repeat and cancel.
    RunDiagnostics,
    /// Each for themselves.
    MarkNotifications,
    /// Causes of errors may name what is inside the network.
    ReadErrors,
    /// Mark those of a kind as dealt with.
    ResolveErrors,
    ReportErrors,
    /// Which team it is, and who belongs to it.
    ReadTeam,
    /// One's own password and sessions.
    ManageProfile,
    ManageTokens,
    /// Invite and remove people, change their roles, name the team.
    ManageOperators,
    /// Where the team is told of incidents, and what was sent there.
    ReadChannels,
    /// Send a test, and send again what was given up.
    UseChannels,
    /// Add, change and remove channels.
    ManageChannels,
    /// Procedures, and what was done by them.
    ReadRunbooks,
    /// Carry them out, and say what came of each step.
    RunRunbooks,
    /// Write, change and remove those of the team.
    ManageRunbooks,
    /// Who is on call, who is next, and what severities mean.
    ReadOnCall,
    /// Contacts, schedules, escalation and severity policies.
    ManageOnCall,
    /// Who did what, and whether the log of it is sound.
    ReadAudit,
    /// Change the master key, for every team.
    ManageKeys,
    /// Take everything out of the console and put it into another, for every team.
    ManageBackups,
}

impl Permission {
    /// The least role that has it.
    pub const fn least_role(self) -> Role {
        match self {
            Self::ReadConnections | Self::ReadHealth | Self::ReadIncidents | Self::ReadDiagnostics => Role::Viewer,
            Self::ReadNotifications | Self::MarkNotifications => Role::Viewer,
            Self::ReadTeam | Self::ManageProfile | Self::ReadChannels | Self::ReadRunbooks | Self::ReadOnCall => Role::Viewer,
            Self::ConfigureConnections
            | Self::VerifyConnections
            | Self::SweepHeartbeats
            | Self::PlanMaintenance
            | Self::HandleIncidents
            | Self::RunDiagnostics
            | Self::ReadErrors
            | Self::ResolveErrors
            | Self::ReportErrors
            | Self::UseChannels
            | Self::RunRunbooks
            | Self::ManageRunbooks => Role::Operator,
            Self::ManageTokens
            | Self::ManageOperators
            | Self::ManageChannels
            | Self::ManageOnCall
            | Self::ReadAudit
            | Self::ManageKeys
            | Self::ManageBackups => Role::Admin,
        }
    }

    /// Whether what it is about lies in an environment, so that a token which is limited to some can be held to them.
    pub const fn is_of_an_environment(self) -> bool {
        match self {
            Self::ReadConnections
            | Self::ReadHealth
            | Self::ReadIncidents
            | Self::ReadDiagnostics
            | Self::ConfigureConnections
            | Self::VerifyConnections
            | Self::SweepHeartbeats
            | Self::PlanMaintenance
            | Self::HandleIncidents
            | Self::RunDiagnostics
            | Self::ReportErrors
            | Self::ReadTeam
            | Self::ManageProfile
            | Self::ManageTokens
            | Self::ReadRunbooks
            | Self::RunRunbooks => true,
            Self::ReadNotifications
            | Self::MarkNotifications
            | Self::ReadErrors
            | Self::ResolveErrors
            | Self::ManageOperators
            | Self::ReadChannels
            | Self::UseChannels
            | Self::ManageChannels
            | Self::ManageRunbooks
            | Self::ReadOnCall
            | Self::ManageOnCall
            | Self::ReadAudit
            | Self::ManageKeys
            | Self::ManageBackups => false,
        }
    }
}
