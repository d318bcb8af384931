//! The pages that have a place in the rail.

use domain::permission::Permission;

use super::icon::{ALERT, BELL, BOOK, CHECKLIST, CIRCLE_CHECK, CIRCLE_CROSS, ENVELOPE, FILE, HOME, Icon, KEY, PEOPLE, PLUG, PULSE};
use crate::{audit, channels, connections, diagnostics, errors, health, incidents, on_call, runbooks, team, today, tokens};

/// One entry of the rail.
#[derive(Clone, Copy)]
pub struct Entry {
    pub path: &'static str,
    pub name: &'static str,
    pub icon: Icon,
    /// What it takes to open it.
    pub permission: Permission,
    /// Whether it has a place of its own where there is room for few.
    pub is_first: bool,
}

pub const ENTRIES: &[Entry] = &[
    Entry { path: "/", name: "Overview", icon: HOME, permission: Permission::ReadConnections, is_first: true },
    Entry { path: connections::LIST, name: "Connections", icon: PLUG, permission: Permission::ReadConnections, is_first: true },
    Entry { path: diagnostics::LIST, name: "Diagnostics", icon: CHECKLIST, permission: Permission::ReadDiagnostics, is_first: false },
    Entry { path: health::LIST, name: "Health", icon: PULSE, permission: Permission::ReadHealth, is_first: true },
    Entry { path: incidents::LIST, name: "Incidents", icon: CIRCLE_CROSS, permission: Permission::ReadIncidents, is_first: true },
    Entry { path: today::PATH, name: "Today", icon: CIRCLE_CHECK, permission: Permission::ReadHealth, is_first: false },
    Entry { path: runbooks::LIST, name: "Runbooks", icon: BOOK, permission: Permission::ReadRunbooks, is_first: false },
    Entry { path: errors::LIST, name: "Errors", icon: ALERT, permission: Permission::ReadErrors, is_first: false },
    Entry { path: channels::LIST, name: "Channels", icon: ENVELOPE, permission: Permission::ReadChannels, is_first: false },
    Entry { path: on_call::LIST, name: "On call", icon: BELL, permission: Permission::ReadOnCall, is_first: false },
    Entry { path: team::PATH, name: "Team", icon: PEOPLE, permission: Permission::ReadTeam, is_first: false },
    Entry { path: tokens::PATH, name: "API tokens", icon: KEY, permission: Permission::ManageTokens, is_first: false },
    Entry { path: audit::LIST, name: "Audit log", icon: FILE, permission: Permission::ReadAudit, is_first: false },
];
