//! An incident from its declaration to what was learned of it.

use std::time::Duration;

use domain::{
    delivery::DeliveryFilter,
    ids::{Id, IncidentId},
    incident::{Incident, IncidentAction, IncidentStage, IncidentStatus},
    profile::Transition,
    severity::IncidentSeverity,
};
use engine::{
    Scope,
    background::Background,
    connections,
    diagnose::{self, RunRequest, Selection},
    events::follow,
    incidents::{
        self,
        action_items::{self, ActionItemEdit, NewActionItem},
        apply,
        blast_radius::blast_radius,
        declare::{self, NewIncident},
        edit::{self, IncidentEdit},
        post_mortem::{self, PostMortemEdit},
        related, reminders,
    },
    notify::{self, deliveries, manage},
    transition,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    active_connections::FIRST,
    channels::webhook,
    invariants,
    test_console::{TestConsole, refused, reported, wrong_fields},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("input")
}

async fn declared(scope: &Scope, summary: &str) -> Incident {
    declare::declare(scope, read(json!({"summary": summary, "severity": "p1", "note": "Customers call."}))).await.expect("declared")
}

fn kinds(incident: &Incident) -> Vec<String> {
    incident.timeline.iter().map(|entry| entry.kind.to_string()).collect()
}

async fn failing(test: &TestConsole) -> Incident {
    test.active_connection("Orders", 60).await;
    test.pass_time(FIRST).await;
    test.obedient.pass(false);
    test.pass_time(MINUTE).await;
    test.pass_time(MINUTE).await;
    test.incidents().await.remove(0)
}

#[tokio::test]
async fn a_declared_incident_goes_through_its_whole_life_and_each_step_says_who_and_when() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let incident = declared(&scope, "Checkout  is\ndown").await;
        let (id, by) = (incident.id, Some(test.actor.name.as_str()));
        assert_eq!((incident.summary.as_str(), incident.stage, incident.declared_by.as_deref()), ("Checkout is down", IncidentStage::Open, by));
        let mut versions = vec![incident.version];
        for (action, stage) in [
            (IncidentAction::Acknowledge, IncidentStage::Acknowledged),
            (IncidentAction::Assess, IncidentStage::Assessed),
            (IncidentAction::Mitigate, IncidentStage::Mitigated),
            (IncidentAction::Note, IncidentStage::Mitigated),
            (IncidentAction::Resolve, IncidentStage::Resolved),
        ] {
            test.advance(MINUTE);
            let incident = apply(&scope, id, action, Some("Said.")).await.expect("a step");
            assert_eq!(incident.stage, stage, "{}", test.database);
            versions.push(incident.version);
        }
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
        let resolved = incidents::get(&scope, id).await.expect("there");
        assert_eq!(kinds(&resolved), ["opened", "acknowledged", "assessed", "mitigated", "note", "resolved"]);
        assert_eq!((resolved.assessed_by.as_deref(), resolved.mitigated_by.as_deref(), resolved.resolved_by.as_deref()), (by, by, by));
        assert_eq!(resolved.mitigated_at.expect("then").seconds_since(resolved.assessed_at.expect("before")), 60);
        assert_eq!(resolved.post_mortem_due_at.expect("of a P1").seconds_since(resolved.resolved_at.expect("then")), 48 * 3_600);
        for action in [IncidentAction::Assess, IncidentAction::Mitigate, IncidentAction::Resolve] {
            assert_eq!(refused(apply(&scope, id, action, None).await), "incident_resolved");
        }
    }
}

#[tokio::test]
async fn none_is_compulsory_but_to_acknowledge_and_to_resolve() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let assessed = declared(&scope, "One").await.id;
        let assessed = apply(&scope, assessed, IncidentAction::Assess, Some("All of Europe.")).await.expect("assessed");
        assert_eq!((assessed.status, kinds(&assessed)), (IncidentStatus::Acknowledged, vec!["opened".into(), "acknowledged".into(), "assessed".into()]));
        let again = apply(&scope, assessed.id, IncidentAction::Assess, Some("Asia as well.")).await.expect("said");
        assert_eq!(
            (again.assessed_at, again.timeline.last().expect("a line").kind.to_string().as_str()),
            (assessed.assessed_at, "note"),
            "nothing said is lost"
        );
        let resolved = declared(&scope, "Two").await.id;
        let resolved = apply(&scope, resolved, IncidentAction::Resolve, None).await.expect("resolved");
        assert_eq!((resolved.acknowledged_at, resolved.acknowledged_by), (resolved.resolved_at, resolved.resolved_by));
    }
}

#[tokio::test]
async fn recovery_ends_what_the_console_opened_and_nothing_that_a_person_declared() {
    for test in TestConsole::both().await {
        let own = failing(&test).await;
        let about = json!({"summary": "Orders are lost", "severity": "p2", "connection_id": own.connection_id});
        let about = declare::declare(&test.scope(), read(about)).await.expect("beside the console's own");
        let of_all = declared(&test.scope(), "The building is on fire").await;
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        let status = async |id| incidents::get(&test.scope(), id).await.expect("there").status;
        assert_eq!(
            (status(own.id).await, status(about.id).await, status(of_all.id).await),
            (IncidentStatus::Resolved, IncidentStatus::Open, IncidentStatus::Open)
        );
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        assert_eq!(test.incidents().await.iter().filter(|incident| incident.declared_by.is_none()).count(), 2, "{}: it opens anew", test.database);
        invariants::check(&test.console, "a declared incident").await;
    }
}

#[tokio::test]
async fn what_is_declared_wrongly_is_told_by_name() {
    let test = TestConsole::sqlite().await;
    let orders = test.active_connection("Orders", 60).await;
    let wrong = async |value: Value| declare::declare(&test.scope(), read::<NewIncident>(value)).await;
    assert_eq!(wrong_fields(wrong(json!({"summary": " \n ", "severity": "p1"})).await), ["summary"]);
    assert_eq!(wrong_fields(wrong(json!({"summary": "x".repeat(201), "severity": "p1"})).await), ["summary"]);
    assert_eq!(wrong_fields(wrong(json!({"summary": "x", "severity": "p1", "note": "x".repeat(2_001)})).await), ["note"]);
    let elsewhere = json!({"summary": "x", "severity": "p1", "connection_id": orders.id, "environment": "development"});
    assert_eq!(wrong_fields(wrong(elsewhere).await), ["environment"]);
    let everywhere = json!({"summary": "", "severity": "p1", "connection_id": orders.id, "environment": "development", "note": "x".repeat(2_001)});
    assert_eq!(wrong_fields(wrong(everywhere).await), ["summary", "note", "environment"], "all at once");
    assert_eq!(refused(wrong(json!({"summary": "x", "severity": "p1", "connection_id": IncidentId::new()})).await), "connection_not_found");
}

#[tokio::test]
async fn another_urgency_takes_a_reason_and_a_version_that_stands() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let channel = manage::create(&scope, webhook("Desk", "http://127.0.0.1:9/")).await.expect("a channel").id;
        let incident = declare::declare(&scope, read(json!({"summary": "Slow", "severity": "p3"}))).await.expect("declared");
        let edited = async |seen, value: Value| edit::edit(&scope, incident.id, seen, read::<IncidentEdit>(value)).await;
        assert_eq!(wrong_fields(edited(None, json!({"severity": "p1"})).await), ["reason"]);
        assert_eq!(wrong_fields(edited(None, json!({"reason": "Nobody can pay."})).await), ["severity"]);
        assert_eq!(refused(edited(Some(9), json!({"owner": "Eva"})).await), "version_stale");
        let raised = edited(Some(1), json!({"severity": "p1", "reason": "Nobody can pay.", "owner": "Eva"})).await.expect("changed");
        assert_eq!((raised.severity, raised.owner.as_deref(), raised.version), (IncidentSeverity::P1, Some("Eva"), 2), "{}", test.database);
        assert_eq!(kinds(&raised), ["opened", "severity", "owner"]);
        assert_eq!(raised.timeline[1].text, "P3 is now P1: Nobody can pay.");
        assert_eq!(edited(None, json!({"owner": "Eva"})).await.expect("the same").version, 2, "nothing has changed");
        assert_eq!(edited(None, json!({"owner": null})).await.expect("changed").owner, None);
        let told = deliveries::list(&scope, DeliveryFilter { channel: Some(channel), ..DeliveryFilter::default() }, 9, None).await.expect("deliveries").0;
        assert_eq!(told.iter().map(|one| one.reason.to_string()).collect::<Vec<_>>(), ["reminder", "opened"]);
    }
}

#[tokio::test]
async fn incidents_that_are_one_are_merged_and_split_and_keep_their_time_lines() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let [one, two, three] = [declared(&scope, "One").await.id, declared(&scope, "Two").await.id, declared(&scope, "Three").await.id];
        assert_eq!(wrong_fields(related::merge(&scope, one, one).await), ["into"]);
        assert_eq!(related::merge(&scope, two, one).await.expect("merged").merged_into, Some(one));
        assert_eq!(refused(related::merge(&scope, three, two).await), "incident_merged");
        related::merge(&scope, one, three).await.expect("merged, with what is merged into it");
        let get = async |id| incidents::get(&scope, id).await.expect("there");
        assert_eq!((get(one).await.merged_into, get(two).await.merged_into), (Some(three), Some(three)), "{}", test.database);
        assert_eq!((kinds(&get(two).await), kinds(&get(three).await)), (vec!["opened".into(), "merged".into()], vec!["opened".into(), "merged".into()]));
        let around: Vec<_> = related::related(&scope, three, 9).await.expect("related").into_iter().map(|other| other.incident.id).collect();
        assert!(around.contains(&one) && around.contains(&two) && !around.contains(&three), "{around:?}");
        assert_eq!(related::split(&scope, one).await.expect("split").merged_into, None);
        assert_eq!(refused(related::split(&scope, one).await), "incident_not_merged");
        apply(&scope, three, IncidentAction::Resolve, None).await.expect("resolved");
        assert_eq!(refused(related::merge(&scope, one, three).await), "incident_resolved");
        assert_eq!((get(one).await.status, get(two).await.status), (IncidentStatus::Open, IncidentStatus::Resolved), "what is a part ends with the whole");
        assert!(get(two).await.timeline.last().expect("a line").text.ends_with("Three"));
    }
}

#[tokio::test]
async fn the_blast_radius_is_what_fails_since_then_and_what_it_has_in_common() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let hosts = ["a.example", "b.example", "c.example"];
        for index in 0..40 {
            let settings = json!({"host": hosts[index % 3], "auth": "none"});
            let environment = if index % 2 == 0 { "production" } else { "staging" };
            let new = json!({"name": format!("Service {index:02}"), "kind": "obedient", "environment": environment, "settings": settings,
                "tags": [format!("tag-{}", index % 3)], "owner": "payments", "heartbeat": {"interval_seconds": 60, "retries": 0}});
            let service = connections::create(&scope, read(new)).await.expect("created");
            test.verify(&service).await;
            transition::apply(&scope, service.id, Transition::Activate).await.expect("active");
        }
        let moved = test.active_connection("Moved", 60).await;
        let released = async |release: &str| {
            let request = RunRequest { selection: Selection::Connections(vec![moved.id]), scenarios: None, release: Some(release.to_owned()) };
            let run = diagnose::request(&scope, request).await.expect("begun");
            diagnose::wait(&scope, run.id, MINUTE).await.expect("ended").requested_at
        };
        released("2026.10").await;
        test.pass_time(MINUTE * 70).await;
        let (at, named) = (released("2026.11").await, "2026.11");
        test.pass_time(MINUTE * 10).await;
        connections::edit(&scope, moved.id, test.get(&moved).await.version, read(json!({"owner": "search"}))).await.expect("edited");
        test.pass_time(MINUTE * 10).await;
        test.obedient.fail_at("b.example");
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        let incident = test.incidents().await.remove(0);
        engine::report::record(&scope, "POST /api/errors", reported("The pool is exhausted.")).await.expect("recorded");
        let radius = blast_radius(&scope, incident.id).await.expect("worked out");
        let expected: Vec<_> = (0..40).filter(|index| index % 3 == 1).map(|index| format!("Service {index:02}")).collect();
        let mut found: Vec<_> = radius.connections.iter().map(|connection| connection.name.clone()).collect();
        found.sort();
        assert_eq!(found, expected, "{}", test.database);
        assert_eq!(radius.hosts.iter().map(|host| (host.name.as_str(), host.failing, host.of)).collect::<Vec<_>>(), [("b.example", 13, 13)]);
        assert_eq!(radius.changes.iter().map(|change| change.connection_name.as_str()).collect::<Vec<_>>(), ["Moved"]);
        assert_eq!(radius.releases.iter().map(|one| (one.release.as_str(), one.at)).collect::<Vec<_>>(), [(named, at)], "{}", test.database);
        assert!((20..23).contains(&(incident.opened_at.seconds_since(at) / 60)), "some twenty minutes before");
        assert_eq!(radius.errors.iter().map(|error| error.count).collect::<Vec<_>>(), [1]);
        apply(&scope, incident.id, IncidentAction::Resolve, None).await.expect("resolved");
        assert_eq!(blast_radius(&scope, incident.id).await.expect("worked out").connections.len(), 13, "what is over still belongs to it");
        test.pass_time(MINUTE * 10).await;
        let later = declared(&scope, "Something else").await;
        let reached = blast_radius(&scope, later.id).await.expect("worked out").connections;
        assert!(
            reached.iter().all(|connection| connection.connection_id == incident.connection_id.expect("one")),
            "what failed long before is no part: {reached:?}"
        );
    }
}

#[tokio::test]
async fn a_post_mortem_is_drafted_written_by_one_after_the_other_and_completed_once_it_is_over() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let incident = failing(&test).await;
        let draft = post_mortem::get(&scope, incident.id).await.expect("a draft");
        assert!(draft.version == 0 && draft.sections.impact.contains("Orders") && draft.sections.response.contains("opened"), "{:?}", draft.sections);
        let save = async |seen, value: Value| post_mortem::save(&scope, incident.id, seen, read::<PostMortemEdit>(value)).await;
        assert_eq!(wrong_fields(save(None, json!({"impact": "x".repeat(20_001)})).await), ["impact"]);
        let first = save(Some(0), json!({"impact": "All of it.", "response": "Undone."})).await.expect("saved");
        assert_eq!((first.version, first.sections.impact.as_str()), (1, "All of it."), "{}", test.database);
        assert_eq!(refused(save(Some(0), json!({"impact": "Another's."})).await), "version_stale");
        let whole = json!({"impact": "All of it.", "root_cause": "A full disk.", "completed": true});
        assert_eq!(refused(save(Some(1), whole.clone()).await), "incident_not_resolved");
        apply(&scope, incident.id, IncidentAction::Resolve, None).await.expect("resolved");
        assert_eq!(wrong_fields(save(None, json!({"impact": " ", "completed": true})).await), ["impact", "root_cause"]);
        let complete = save(None, whole).await.expect("saved");
        assert!(complete.completed_at.is_some() && complete.version == 2);
        assert_eq!(incidents::get(&scope, incident.id).await.expect("there").stage, IncidentStage::PostMortem);
        let exported = post_mortem::export(&scope, incident.id).await.expect("exported");
        assert!(exported.path.contains("-orders-") && exported.markdown.contains("All of it."), "{}", exported.markdown);
    }
}

#[tokio::test]
async fn action_items_are_added_done_and_listed_by_when_they_are_due() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let incident = declared(&scope, "One").await.id;
        let add = async |text: &str, due: Value| {
            action_items::add(&scope, read::<NewActionItem>(json!({"incident_id": incident, "text": text, "owner": "Ada", "due_on": due}))).await
        };
        assert_eq!(wrong_fields(add(" ", Value::Null).await), ["text"]);
        let whenever = add("Whenever", Value::Null).await.expect("added");
        let later = add("Later", json!("2031-02-01")).await.expect("added");
        let sooner = add("Sooner", json!("2031-01-01")).await.expect("added");
        let edited = action_items::edit(&scope, sooner.id, Some(1), read::<ActionItemEdit>(json!({"done": true}))).await.expect("done");
        assert!(edited.done_by.is_some() && edited.version == 2, "{}", test.database);
        assert_eq!(refused(action_items::edit(&scope, sooner.id, Some(1), ActionItemEdit::default()).await), "version_stale");
        let (mut listed, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let (page, next) = action_items::list(&scope, None, 1, cursor.as_deref()).await.expect("a page");
            listed.extend(page.into_iter().map(|item| item.item.id));
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, [later.id, whenever.id, sooner.id], "{}", test.database);
        assert_eq!(action_items::list(&scope, Some(true), 9, None).await.expect("done").0.len(), 1);
        action_items::remove(&scope, later.id).await.expect("removed");
        assert_eq!(refused(action_items::get(&scope, later.id).await), "action_item_not_found");
        assert_eq!(refused(action_items::get(&scope, Id::new()).await), "action_item_not_found");
    }
}

#[tokio::test]
async fn a_post_mortem_is_reminded_of_and_told_when_it_is_late_each_once() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let channel = manage::create(&scope, webhook("Desk", "http://127.0.0.1:9/")).await.expect("a channel").id;
        let [late, complete] = [declared(&scope, "Late").await.id, declared(&scope, "Complete").await.id];
        for id in [late, complete] {
            apply(&scope, id, IncidentAction::Resolve, None).await.expect("resolved");
        }
        post_mortem::save(&scope, complete, None, read(json!({"impact": "All of it.", "root_cause": "A full disk.", "completed": true})))
            .await
            .expect("complete");
        let minor = declare::declare(&scope, read(json!({"summary": "Minor", "severity": "p3"}))).await.expect("declared").id;
        apply(&scope, minor, IncidentAction::Resolve, None).await.expect("resolved");
        let told = async || {
            reminders::remind(&test.console).await.expect("reminded");
            let titles = notify::list(&scope, 50, None).await.expect("notifications").0.into_iter().map(|one| one.title);
            let mut titles: Vec<_> = titles.filter(|title| title.contains("post-mortem")).collect();
            titles.reverse();
            titles
        };
        assert!(told().await.is_empty());
        test.advance(HOUR * 35);
        assert!(told().await.is_empty(), "{}", test.database);
        test.advance(HOUR * 2);
        assert_eq!((told().await, told().await.len()), (vec!["The post-mortem of Late is due soon".to_owned()], 1), "{}", test.database);
        test.advance(HOUR * 12);
        assert_eq!((told().await.last().map(String::as_str), told().await.len()), (Some("The post-mortem of Late is late"), 2));
        let filter = DeliveryFilter { channel: Some(channel), incident: Some(late), ..DeliveryFilter::default() };
        let sent = deliveries::list(&scope, filter, 9, None).await.expect("deliveries").0;
        assert_eq!(sent.iter().rev().map(|one| one.reason.to_string()).collect::<Vec<_>>(), ["opened", "recovered", "reminder", "overdue"]);
    }
}

#[tokio::test]
async fn every_step_is_told_to_whoever_listens_on_another_node_as_well() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let id = declared(&scope, "One").await.id;
        let follower = (test.database == "postgres").then(|| Background::start(&test.console, vec![follow::task(test.now())]).expect("started"));
        let mut listener = test.console.events.subscribe();
        for action in [IncidentAction::Note, IncidentAction::Mitigate] {
            apply(&scope, id, action, Some("Said.")).await.expect("a step");
            let hears = async { while !listener.recv().await.expect("an event").frame().starts_with(b"event: incident\n") {} };
            assert!(timeout(Duration::from_secs(20), hears).await.is_ok(), "{action} on {}", test.database);
        }
        drop(follower);
    }
}
