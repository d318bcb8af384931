//! Many down by one cause: told in one line, taken on with one press; and what each failed heartbeat showed.

use std::time::Duration;

use domain::{heartbeat::Slot, incident::IncidentStatus};
use engine::{
    connections,
    diagnose::{self, RunRequest, Selection},
    health, incidents, notify, search,
};
use serde_json::json;

use crate::{active_connections::FIRST, test_console::TestConsole};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn incidents_that_opened_together_are_one_group() {
    for test in TestConsole::both().await {
        for name in ["Orders", "Carts", "Stock"] {
            test.active_connection(name, 60).await;
        }
        test.pass_time(FIRST).await;
        assert!(incidents::unresolved_groups(&test.scope()).await.expect("groups").is_empty(), "{}", test.database);
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        let groups = incidents::unresolved_groups(&test.scope()).await.expect("groups");
        let [shared] = &groups[..] else { panic!("one group: {groups:?}") };
        assert_eq!((shared.count, shared.open, shared.causes), (3, 3, 1));
        assert!(!shared.cause.contains("Orders") && !shared.cause.ends_with('.'), "{}", shared.cause);
        assert_eq!(notify::waiting(&test.scope()).await.expect("counted").open_incidents, 3);

        assert_eq!(incidents::acknowledge_group(&test.scope(), shared.id).await.expect("done"), 3);
        assert_eq!(incidents::acknowledge_group(&test.scope(), shared.id).await.expect("done"), 0, "the first one counts");
        assert!(test.incidents().await.iter().all(|incident| incident.status == IncidentStatus::Acknowledged && incident.timeline.len() == 2));
        assert_eq!(notify::waiting(&test.scope()).await.expect("counted").open_incidents, 0);
        let groups = incidents::unresolved_groups(&test.scope()).await.expect("groups");
        assert_eq!((groups[0].count, groups[0].open), (3, 0));
    }
}

#[tokio::test]
async fn a_failed_heartbeat_keeps_what_it_showed() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        let slots = test.kept(&orders).await;
        let failures = health::failures(&test.scope(), orders.id, Slot(0), Slot(i64::from(u32::MAX)), 10).await.expect("failures");
        assert_eq!(failures.keys().collect::<Vec<_>>(), [&slots[1].at], "{}", test.database);
        let showed = &failures[&slots[1].at];
        assert!(showed.contains("[redacted]") && !showed.contains("open sesame"), "{showed}");
        let uptime = health::uptimes(&test.scope(), orders.id).await.expect("uptime");
        assert_eq!(uptime.since, Some(slots[0].at.timestamp()));
    }
}

#[tokio::test]
async fn a_search_finds_by_name_and_thread() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Öffnungszeiten 100%", 60).await;
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        let find = async |q: &str| search::find(&test.scope(), q).await.expect("found");
        let found = find("öffnungszeiten").await;
        assert_eq!((found.connections.items[0].id, found.incidents.len()), (orders.id, 1), "{}", test.database);
        assert_eq!(find("0%").await.connections.total, 1);
        assert_eq!(find("0_").await.connections.total, 0, "taken literally");
        let thread = test.incidents().await[0].correlation_id.to_string();
        assert_eq!(find(&thread).await.incidents.len(), 1);
        assert_eq!(find("").await.connections.total, 0);

        // Of a connection that has another name by now, the summary alone has it.
        let edit = serde_json::from_value(json!({"name": "Hours"})).expect("an edit");
        connections::edit(&test.scope(), orders.id, test.get(&orders).await.version, edit).await.expect("renamed");
        assert_eq!(find("ÖFFNUNGS").await.incidents.len(), 1, "{}", test.database);
        assert!(find("Kassen").await.incidents.is_empty());
        let request = RunRequest { selection: Selection::Connections(vec![orders.id]), scenarios: None, release: Some("Ärzte-1".to_owned()) };
        let run = diagnose::request(&test.scope(), request).await.expect("begun");
        assert_eq!(find("ÄRZTE").await.runs.iter().map(|found| found.id).collect::<Vec<_>>(), [run.id], "{}", test.database);
        assert!(find("Apotheke").await.runs.is_empty());
        diagnose::wait(&test.scope(), run.id, Duration::from_secs(60)).await.expect("ended");
    }
}
