//! Whoever changes something, or reads what is sensitive, leaves a line in the audit log: read from the sources.

use std::{collections::BTreeSet, fs, path::Path};

use crate::sources::files;

/// What people change, or may read and few should.
const WATCHED: &[&str] = &[
    "ConfigureConnections",
    "VerifyConnections",
    "SweepHeartbeats",
    "PlanMaintenance",
    "HandleIncidents",
    "RunDiagnostics",
    "MarkNotifications",
    "ReadErrors",
    "ReportErrors",
    "ManageProfile",
    "ResolveErrors",
    "ManageTokens",
    "ManageOperators",
    "UseChannels",
    "ManageChannels",
    "RunRunbooks",
    "ManageRunbooks",
    "ManageOnCall",
    "ReadAudit",
    "ManageKeys",
    "ManageBackups",
];

/// Verbs that leave no line, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("connections::check_settings", "changes nothing"),
    ("report::record", "what programs report is a record of its own, bound in number"),
    ("report::count_unreadable", "nothing changes but what the sender may still report"),
    ("error_groups::counts", "reads numbers"),
    ("error_groups::counts_of", "reads numbers"),
    ("rates::over", "reads numbers"),
    ("thread::is_known", "tells nothing of what is there"),
    ("diagnose::request", "`begin` writes it"),
    ("diagnose::again", "`begin` writes it"),
    ("diagnose::cancel", "`finalize::cancel` writes it"),
    ("incidents::apply", "`take` writes it"),
    ("tokens::list", "reads no secret"),
    ("tokens::get", "reads no secret"),
    ("invitations::list", "reads no secret"),
    ("members::token_count", "reads no secret"),
    ("members::leave", "`take_out` writes it"),
    ("members::remove", "`take_out` writes it"),
    ("passkeys::begin", "it counts once `add` has written it"),
    ("passkeys::list", "one's own"),
    ("profile::sessions", "one's own"),
    ("second_factor::begin", "it counts once `confirm` has written it"),
    ("second_factor::spend_where_on", "its caller writes it"),
    ("second_factor::state", "one's own"),
    ("single_sign_on::linked", "one's own"),
    ("teams::others", "one's own"),
    ("executions::held", "whoever holds it writes it"),
    ("calendar::issue", "`set` writes it"),
    ("calendar::revoke", "`set` writes it"),
    ("access::begin_in_place", "its caller writes it"),
    ("audit::list", "whoever reads the log would write to it; an export is written down"),
    ("audit::verify", "tells nothing of what is in it"),
    ("keys::list", "reads no key"),
];

/// Verbs that need no watched permission, and read what is sensitive.
const SENSITIVE: [&str; 3] = ["evidence::read", "evidence::packed", "executions::packed"];

/// The functions of the engine: `module::function` and their text.
fn functions() -> Vec<(String, String)> {
    let mut functions = Vec::new();
    for path in files(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let source = fs::read_to_string(&path).expect("a source");
        let module = path.file_stem().expect("a name").to_string_lossy();
        for item in source.split("\n}\n") {
            let Some((_, function)) = item.rsplit_once("fn ").filter(|_| item.contains("scope: &Scope")) else { continue };
            let head = item.lines().find(|line| line.contains("fn ") && !line.starts_with([' ', '/'])).unwrap_or(function);
            let name = head.split("fn ").nth(1).and_then(|rest| rest.split(['(', '<']).next()).unwrap_or_default();
            functions.push((format!("{module}::{name}"), item.to_owned()));
        }
    }
    functions
}

#[test]
fn a_verb_leaves_a_line_or_says_why_not() {
    let mut without = BTreeSet::new();
    for (name, text) in functions() {
        let is_watched = WATCHED.iter().any(|permission| text.contains(&format!("scope.authorize(Permission::{permission})")));
        let begins = ["scope.begin()", "db.begin()"].iter().any(|begun| text.contains(begun));
        let written = [
            "scope.audit(",
            "scope.audit_in(",
            "scope.audit_everywhere(",
            "scope.audit_reading(",
            "scope.audit_listing(",
            "scope.audit_entering(",
            "Some(scope)).await",
        ];
        let leaves_a_line = written.iter().any(|written| text.contains(written));
        if (is_watched || begins || SENSITIVE.contains(&&*name)) && !leaves_a_line {
            without.insert(name);
        }
    }
    let known = WITHOUT.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(without, known, "a verb without a line, or a reason that nobody needs any more");
}
