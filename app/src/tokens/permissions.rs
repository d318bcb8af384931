//! What a token may be allowed to do, in words, and by what it is about.

use domain::permission::Permission;

use Permission::{
    ConfigureConnections, HandleIncidents, ManageBackups, ManageChannels, ManageKeys, ManageOnCall, ManageOperators, ManageProfile, ManageRunbooks,
    ManageTokens, MarkNotifications, PlanMaintenance, ReadAudit, ReadChannels, ReadConnections, ReadDiagnostics, ReadErrors, ReadHealth, ReadIncidents,
    ReadNotifications, ReadOnCall, ReadRunbooks, ReadTeam, ReportErrors, ResolveErrors, RunDiagnostics, RunRunbooks, SweepHeartbeats, UseChannels,
    VerifyConnections,
};

/// In this order on the page. Programs have no profile.
pub const GROUPS: [(&str, &[Permission]); 9] = [
    ("Connections", &[ReadConnections, ConfigureConnections, VerifyConnections]),
    ("Health and maintenance", &[ReadHealth, SweepHeartbeats, PlanMaintenance]),
    ("Incidents", &[ReadIncidents, HandleIncidents]),
    ("Diagnostics", &[ReadDiagnostics, RunDiagnostics]),
    ("Errors", &[ReadErrors, ResolveErrors, ReportErrors]),
    ("Notifications", &[ReadNotifications, MarkNotifications, ReadChannels, UseChannels, ManageChannels]),
    ("Runbooks and on call", &[ReadRunbooks, RunRunbooks, ManageRunbooks, ReadOnCall, ManageOnCall]),
    ("Team", &[ReadTeam, ManageOperators, ManageTokens, ReadAudit]),
    ("Server", &[ManageKeys, ManageBackups]),
];

pub const fn words(permission: Permission) -> &'static str {
    match permission {
        ReadConnections => "See connections",
        ReadHealth => "See heartbeats and maintenance",
        ReadIncidents => "See incidents",
        ReadDiagnostics => "See runs and their evidence",
        ReadNotifications => "See notifications",
        ConfigureConnections => "Create, edit and activate connections",
        VerifyConnections => "Test connections",
        SweepHeartbeats => "Try connections now",
        PlanMaintenance => "Plan maintenance",
        HandleIncidents => "Acknowledge and resolve incidents",
        RunDiagnostics => "Begin and cancel runs",
        MarkNotifications => "Mark notifications as read",
        ReadErrors => "See recorded errors",
        ResolveErrors => "Mark errors as dealt with",
        ReportErrors => "Report errors",
        ReadTeam => "See who belongs to the team",
        ManageProfile => "Change one’s own profile",
        ManageTokens => "Make and revoke tokens",
        ManageOperators => "Invite and remove people",
        ReadChannels => "See channels and what was sent",
        UseChannels => "Test channels and send again",
        ManageChannels => "Add and change channels",
        ReadRunbooks => "See runbooks",
        RunRunbooks => "Carry runbooks out",
        ManageRunbooks => "Write runbooks",
        ReadOnCall => "See who is on call",
        ManageOnCall => "Change schedules and policies",
        ReadAudit => "Read the audit log",
        ManageKeys => "Change the master key",
        ManageBackups => "Make and restore backups",
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_permission_of_a_program_can_be_ticked_once() {
        let mut shown: Vec<_> = GROUPS.iter().flat_map(|(_, some)| *some).copied().chain([ManageProfile]).collect();
        shown.sort_unstable();
        assert_eq!(shown, { Permission::iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>() });
    }
}
