//! The one table of who may do what.

use strum::{Display, EnumIter};

use super::operator::{Actor, Role};

/// What someone may be allowed to do in their team. Each verb of the engine states the one it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumIter)]
#[strum(serialize_all = "snake_case")]
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
    /// One person reads for the whole team.
    MarkNotifications,
    /// Causes of errors may name what is inside the network.
    ReadErrors,
    ReportErrors,
    ManageTokens,
    ManageOperators,
    /// Who did what, and whether the log of it is sound.
    ReadAudit,
    /// Change the master key, for every team.
    ManageKeys,
}

impl Permission {
    /// The least role that has it.
    pub const fn least_role(self) -> Role {
        match self {
            Self::ReadConnections | Self::ReadHealth | Self::ReadIncidents | Self::ReadDiagnostics | Self::ReadNotifications => Role::Viewer,
            Self::ConfigureConnections
            | Self::VerifyConnections
            | Self::SweepHeartbeats
            | Self::PlanMaintenance
            | Self::HandleIncidents
            | Self::RunDiagnostics
            | Self::MarkNotifications
            | Self::ReadErrors
            | Self::ReportErrors => Role::Operator,
            Self::ManageTokens | Self::ManageOperators | Self::ReadAudit | Self::ManageKeys => Role::Admin,
        }
    }
}

impl Actor {
    pub fn may(&self, permission: Permission) -> bool {
        self.role >= permission.least_role()
    }
}
