use std::collections::BTreeSet;

use pulldown_cmark::{BrokenLink, Event, Options, Parser, Tag};
use uuid::Uuid;

use super::*;
use crate::{
    blast_radius::{AffectedConnection, ChangeKind, IncidentWindow, RecentChange, RecentRelease, Share},
    correlation_id::CorrelationId,
    environment::Environment,
    ids::{Id, ProfileId},
    incident::{IncidentStatus, TimelineKind},
    profile::ConnectionAct,
    severity::{IncidentSeverity, Severity},
};

const GOLDEN: &str = include_str!("golden.md");
/// Would be a heading, a script, a link that runs one, a table and another line.
const HOSTILE: &str = "# <script>alert(1)</script> [x](javascript:alert(1)) |a|\n## b";

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_767_323_045_000 + minutes * 60_000)
}

fn entry(minutes: i64, kind: TimelineKind, text: &str, by: Option<&str>) -> TimelineEntry {
    TimelineEntry::new(at(minutes), kind, text, by)
}

fn incident() -> Incident {
    let ada = || Some("Ada".to_owned());
    let correlation_id: CorrelationId = "thread".parse().expect("an id");
    let mut incident = Incident::new(at(0), "Orders: Accepts a connection: db.example:5432 refused the connection.".to_owned(), correlation_id);
    incident.id = Id::from_uuid(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));
    incident.severity = IncidentSeverity::P2;
    incident.first_failed_at = at(-2);
    (incident.acknowledged_at, incident.acknowledged_by) = (Some(at(4)), ada());
    (incident.mitigated_at, incident.mitigated_by) = (Some(at(20)), Some("<b>Eva</b>".to_owned()));
    (incident.status, incident.resolved_at) = (IncidentStatus::Resolved, Some(at(31)));
    incident.timeline = vec![
        entry(0, TimelineKind::Opened, "db.example:5432 refused the connection.", None),
        entry(4, TimelineKind::Acknowledged, "", Some("Ada")),
        entry(12, TimelineKind::Note, HOSTILE, Some("<b>Eva</b>")),
        entry(20, TimelineKind::Mitigated, "Traffic goes to the standby.", Some("<b>Eva</b>")),
        entry(31, TimelineKind::Recovered, "After 33 min.", None),
    ];
    incident
}

fn radius() -> BlastRadius {
    let mut radius = BlastRadius::of(IncidentWindow::of(&incident(), at(40)), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let connection = |name: &str| AffectedConnection {
        connection_id: ProfileId::new(),
        name: name.to_owned(),
        environment: Environment::Production,
        owner: Some("payments".to_owned()),
        tags: Vec::new(),
        hosts: vec!["db.example".to_owned()],
        status: None,
        first_failed_at: at(-2),
        open_incident_id: None,
    };
    radius.connections = vec![connection("Orders"), connection(HOSTILE)];
    radius.hosts = vec![Share { name: "db.example".to_owned(), failing: 2, of: 2 }];
    radius.changes = vec![RecentChange {
        kind: ChangeKind::Configuration,
        at: at(-20),
        act: ConnectionAct::Edited,
        by: "Ida".to_owned(),
        connection_id: ProfileId::new(),
        connection_name: "Orders".to_owned(),
    }];
    radius.releases = vec![RecentRelease {
        release: "2026.1 <b>".to_owned(),
        at: at(-22),
        by: "pipeline".to_owned(),
        environment: Some(Environment::Production),
        run_id: Id::new(),
        verdict: None,
    }];
    radius.errors = vec![ErrorCount {
        code: "pool_exhausted".to_owned(),
        service: "shop <i>".to_owned(),
        severity: Severity::Error,
        count: 12,
        latest_at: at(3),
        correlation_id: "thread-7".parse().expect("an id"),
    }];
    radius
}

fn action_item(text: &str, due_on: Option<&str>, done: bool) -> ActionItem {
    ActionItem {
        id: ActionItemId::new(),
        incident_id: incident().id,
        version: 1,
        text: text.to_owned(),
        owner: due_on.map(|_| "Ada".to_owned()),
        due_on: due_on.map(|day| day.parse().expect("a day")),
        created_by: "Ada".to_owned(),
        created_at: at(60),
        done_by: done.then(|| "Ada".to_owned()),
        done_at: done.then(|| at(70)),
    }
}

/// Its path, and what is written into it.
fn exported(name: &str, sections: Option<Sections>) -> (String, String) {
    let (incident, radius) = (incident(), radius());
    let sections = sections.unwrap_or_else(|| draft(&incident, name, &radius));
    let action_items = [action_item("Alert on the pool at 80 %", Some("2026-01-09"), false), action_item("Write <u>it</u> down", None, true)];
    let export = Export { incident: &incident, name, sections: &sections, action_items: &action_items, errors: &radius.errors, address: "https://ops.example" };
    (export.path(), export.markdown())
}

#[test]
fn what_is_exported_is_the_golden_file() {
    let (path, written) = exported("Orders", None);
    if std::env::var_os("PIN").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/post_mortem/golden.md"), &written).expect("written");
    } else {
        assert_eq!(written, GOLDEN, "PIN=1 writes it anew");
    }
    assert_eq!(path, "2026-01/2026-01-02-orders-9a8057.md");
    for (index, _) in written.match_indices(['<', '[']) {
        let (before, rest) = written.split_at(index);
        let is_ours = ["<https://ops.example/", "[thread-7](https://ops.example/", "[ ] ", "[x] "].iter().any(|ours| rest.starts_with(ours));
        assert!(before.ends_with('\\') || is_ours, "{rest}");
    }
    assert!(!written.contains("\n## b"), "{written}");
}

/// What a renderer would warn of: references to nothing, HTML, pictures, links that lead elsewhere, headings and blocks that a text brought along.
#[test]
fn a_renderer_of_markdown_has_nothing_to_warn_of() {
    let hostile = || {
        format!("{HOSTILE}\n```\n~~~\n- [ref]\n- ![p](x)\n1. one\n    code\n***\n&lt; <a@b.example> [^1] [a]: javascript:x\n===\n> said\n{}", "*".repeat(40))
    };
    let all = Sections { impact: hostile(), detection: hostile(), response: hostile(), root_cause: hostile() };
    for (name, sections) in [("Orders", None), (HOSTILE, Some(all))] {
        let (_, written) = exported(name, sections);
        let mut broken = Vec::new();
        let mut note = |link: BrokenLink<'_>| {
            broken.push(link.reference.into_string());
            None
        };
        let (mut headings, mut links, mut others) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for event in
            Parser::new_with_broken_link_callback(&written, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS, Some(&mut note))
        {
            match event {
                Event::Start(Tag::Heading { level, .. }) => headings.push(level as u8),
                Event::Start(Tag::Link { dest_url, .. }) => _ = links.insert(dest_url.into_string()),
                Event::Start(Tag::Paragraph | Tag::List(_) | Tag::Item) | Event::End(_) | Event::Text(_) | Event::SoftBreak | Event::TaskListMarker(_) => {}
                other => _ = others.insert(format!("{other:?}")),
            }
        }
        assert_eq!(headings, [1, 2, 2, 2, 2, 2, 2, 2], "{written}");
        assert!(links.iter().all(|link| link.starts_with("https://ops.example/operations/")), "{links:?}");
        assert_eq!((broken, others), (Vec::new(), BTreeSet::new()), "{written}");
    }
}

#[test]
fn a_name_becomes_part_of_a_path() {
    for (name, expected) in [("Orders database (EU)", "orders-database-eu"), ("../../etc/passwd", "etc-passwd"), ("Ünïcode", "n-code"), ("訂單", "incident")]
    {
        assert_eq!(slug(name), expected);
    }
    assert!(slug(&"long ".repeat(50)).len() <= LONGEST_SLUG);
}

#[test]
fn an_action_item_is_late_the_day_after() {
    let item = action_item("Alert", Some("2026-01-02"), false);
    assert!(!item.is_late(at(0)) && item.is_late(at(24 * 60)) && !action_item("Alert", Some("2026-01-02"), true).is_late(at(24 * 60)));
}

#[test]
fn a_declared_incident_without_a_connection_is_told_of_by_who_declared_it() {
    let mut declared = incident();
    (declared.declared_by, declared.timeline) = (Some("Ada".to_owned()), Vec::new());
    let empty = BlastRadius::of(IncidentWindow::of(&declared, at(40)), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let sections = draft(&declared, "Orders", &empty);
    assert!(sections.detection.starts_with("Declared by Ada") && sections.response.is_empty() && !sections.impact.contains("Connections"), "{sections:?}");
}
