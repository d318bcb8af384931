//! From failures to incidents and back: told once, acknowledged, noted on, resolved.

use std::time::Duration;

use domain::{
    health_table::{HealthFilter, HealthSort},
    incident::{IncidentAction, IncidentStatus, TimelineKind},
    profile::{State, Transition},
};
use engine::{background::Background, connections, events::follow, health, incidents::apply, notify, runbooks::offers, transition};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    active_connections::FIRST,
    invariants,
    test_console::{TestConsole, refused},
};

const MINUTE: Duration = Duration::from_secs(60);

async fn titles(test: &TestConsole) -> Vec<String> {
    let mut titles: Vec<_> = notify::list(&test.scope(), 50, None).await.expect("notifications").0.into_iter().map(|one| one.title).collect();
    titles.reverse();
    titles
}

#[tokio::test]
async fn one_failure_degrades_two_open_an_incident_and_a_pass_ends_it() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        assert_eq!((test.status(&orders).await.as_str(), test.incidents().await.len()), ("degraded", 0), "{}", test.database);
        let first_failed = test.kept(&orders).await[1].at;
        test.pass_time(MINUTE).await;
        assert_eq!(test.status(&orders).await, "incident");
        let incident = test.incidents().await.remove(0);
        assert_eq!((incident.connection_id, incident.severity.to_string().as_str()), (Some(orders.id), "p2"));
        assert_eq!(incident.first_failed_at, first_failed.timestamp());
        assert!(incident.summary.contains("[redacted]") && !incident.summary.contains("open sesame"), "{}", incident.summary);
        test.pass_time(MINUTE).await;
        assert_eq!(titles(&test).await, ["Orders fails (P2)"], "told once, however long it lasts");
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        assert_eq!((test.status(&orders).await.as_str(), test.incidents().await[0].status), ("healthy", IncidentStatus::Resolved));
        assert_eq!(titles(&test).await, ["Orders fails (P2)", "Orders recovered"]);
        let kinds: Vec<_> = test.incidents().await[0].timeline.iter().map(|entry| entry.kind.to_string()).collect();
        assert_eq!(kinds, ["opened", "recovered"]);
        invariants::check(&test.console, "an incident").await;
    }
}

#[tokio::test]
async fn whoever_begins_to_listen_hears_of_what_happens_from_then_on() {
    for test in TestConsole::both().await {
        test.active_connection("Orders", 60).await;
        let follower = (test.database == "postgres").then(|| Background::start(&test.console, vec![follow::task(test.now())]).expect("started"));
        let mut listener = test.console.events.subscribe();
        test.obedient.pass(false);
        test.pass_time(FIRST).await;
        test.pass_time(MINUTE).await;
        let hears = async { while !listener.recv().await.expect("an event").frame().starts_with(b"event: incident\n") {} };
        assert!(timeout(Duration::from_secs(20), hears).await.is_ok(), "{}", test.database);
        drop(follower);
    }
}

#[tokio::test]
async fn a_person_acknowledges_notes_and_resolves() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.obedient.pass(false);
        test.pass_time(FIRST).await;
        test.pass_time(MINUTE).await;
        let id = test.incidents().await[0].id;
        let acknowledged = apply(&test.scope(), id, IncidentAction::Acknowledge, None).await.expect("acknowledged");
        assert_eq!((acknowledged.status, acknowledged.acknowledged_by.as_deref()), (IncidentStatus::Acknowledged, Some(test.actor.name.as_str())));
        let again = apply(&test.scope(), id, IncidentAction::Acknowledge, None).await.expect("the first one counts");
        assert_eq!(again.timeline.len(), 2, "{}", test.database);
        assert!(apply(&test.scope(), id, IncidentAction::Note, Some("  ")).await.is_err());
        apply(&test.scope(), id, IncidentAction::Note, Some("The disk is full.")).await.expect("noted");
        let resolved = apply(&test.scope(), id, IncidentAction::Resolve, None).await.expect("resolved");
        assert_eq!(resolved.timeline.iter().map(|entry| entry.kind.to_string()).collect::<Vec<_>>(), ["opened", "acknowledged", "note", "resolved"]);
        for action in [IncidentAction::Acknowledge, IncidentAction::Resolve] {
            assert_eq!(refused(apply(&test.scope(), id, action, None).await), "incident_resolved");
        }
        apply(&test.scope(), id, IncidentAction::Note, Some("It was the log.")).await.expect("noted afterwards");
        let (table, _) = health::table(&test.scope(), &HealthFilter::default(), HealthSort::default(), 1, 10).await.expect("table");
        assert_eq!((table[0].health.consecutive_failures, table[0].beats.as_slice()), (2, [false, false].as_slice()), "what failed is still to be seen");
        test.pass_time(MINUTE).await;
        assert_eq!((test.status(&orders).await.as_str(), test.incidents().await.len()), ("degraded", 1), "failures are counted anew");
        test.pass_time(MINUTE).await;
        assert_eq!((test.status(&orders).await.as_str(), test.incidents().await.len()), ("incident", 2));
        invariants::check(&test.console, "an incident that a person resolved").await;
    }
}

#[tokio::test]
async fn what_cannot_be_found_is_told_so() {
    let test = TestConsole::sqlite().await;
    let unknown = domain::ids::Id::new();
    assert_eq!(refused(apply(&test.scope(), unknown, IncidentAction::Acknowledge, None).await), "incident_not_found");
}

#[tokio::test]
async fn when_everything_falls_silent_at_once_one_incident_says_that_it_is_the_console() {
    for test in TestConsole::both().await {
        let mut services = Vec::new();
        for index in 0..8 {
            services.push(test.active_connection(&format!("Service {index}"), 60).await);
        }
        test.pass_time(FIRST).await;
        test.obedient.answer(false);
        for _ in 0..4 {
            test.pass_time(MINUTE).await;
        }
        let incidents = test.incidents().await;
        assert_eq!(incidents.len(), 1, "{}: {incidents:?}", test.database);
        assert_eq!((incidents[0].connection_id, incidents[0].status), (None, IncidentStatus::Open));
        let offered = offers::for_incident(&test.scope(), incidents[0].id).await.expect("offers");
        assert_eq!(offered[0].name, "This console reaches nothing", "{}", test.database);
        assert_eq!(
            test.ends(&services[0]).await,
            ["pass", "missed console_offline", "missed console_offline", "missed console_offline", "missed console_offline"]
        );
        test.obedient.answer(true);
        test.pass_time(MINUTE).await;
        assert_eq!(test.incidents().await[0].status, IncidentStatus::Resolved);
        assert_eq!(titles(&test).await, ["The console has lost its network", "The console has its network back"]);
        invariants::check(&test.console, "an outage of the console").await;
    }
}

#[tokio::test]
async fn an_incident_ends_with_the_watching_of_its_connection() {
    for test in TestConsole::both().await {
        let (orders, mail) = (test.active_connection("Orders", 60).await, test.active_connection("Mail", 60).await);
        test.obedient.pass(false);
        test.pass_time(FIRST).await;
        test.pass_time(MINUTE).await;
        transition::apply(&test.scope(), orders.id, Transition::Archive).await.expect("archived");
        let moved = serde_json::from_value(json!({"settings": {"host": "other.example.org"}, "credential": {"password": "open sesame"}})).expect("an edit");
        let draft = connections::edit(&test.scope(), mail.id, mail.version, moved).await.expect("edited");
        assert_eq!(draft.state, State::Draft);
        for incident in test.incidents().await {
            let last = incident.timeline.last().expect("an entry");
            assert_eq!((incident.status, last.kind), (IncidentStatus::Resolved, TimelineKind::Resolved), "{}", test.database);
            let reason = if incident.connection_id == Some(orders.id) { "The connection was archived." } else { "The connection was changed" };
            assert!(last.text.starts_with(reason) && last.by.as_ref() == Some(&test.actor.name), "{last:?}");
        }
        assert_eq!(test.incidents().await.len(), 2);
        invariants::check(&test.console, "the end of watching").await;
    }
}

#[tokio::test]
async fn an_incident_outlives_a_suspension_and_ends_with_the_first_pass_after() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.obedient.pass(false);
        test.pass_time(FIRST).await;
        test.pass_time(MINUTE).await;
        transition::apply(&test.scope(), orders.id, Transition::Suspend).await.expect("suspended");
        test.obedient.pass(true);
        test.pass_time(MINUTE * 5).await;
        assert_eq!(test.incidents().await[0].status, IncidentStatus::Open, "{}", test.database);
        transition::apply(&test.scope(), orders.id, Transition::Resume).await.expect("resumed");
        test.pass_time(FIRST).await;
        assert_eq!(test.incidents().await[0].status, IncidentStatus::Resolved);
    }
}
