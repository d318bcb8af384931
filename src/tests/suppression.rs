//! What is told together, and what is not told: groups, silences, dependencies, maintenance.

use std::time::Duration;

use domain::{
    delivery::{Delivery, DeliveryFilter},
    heartbeat::Slot,
    incident::{Incident, IncidentAction, IncidentStatus},
    profile::{ServiceConnectionProfile, Transition},
    suppression_reason::SuppressionReason,
    time::Timestamp,
};
use engine::{
    connections, incidents, maintenance,
    notify::deliveries,
    suppression::{release::release_due, silences},
    transition,
};
use serde_json::{Value, json};

use crate::{
    active_connections::{FIRST, every},
    channels::Receiver,
    test_console::{TestConsole, refused, wrong_fields},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

impl TestConsole {
    async fn look(&self) {
        release_due(&self.console).await.expect("looked");
    }

    async fn incident_of(&self, connection: &ServiceConnectionProfile) -> Incident {
        self.incidents().await.into_iter().find(|incident| incident.connection_id == Some(connection.id)).expect("an incident")
    }

    pub async fn window(&self, window: Value) -> domain::maintenance::MaintenanceWindow {
        maintenance::declare(&self.scope(), serde_json::from_value(window).expect("can be read")).await.expect("declared")
    }

    async fn silence(&self, matchers: Value, lasts: Duration) -> domain::silence::Silence {
        let new = json!({"matchers": matchers, "ends_at": self.now() + lasts, "reason": "We know."});
        silences::make(&self.scope(), serde_json::from_value(new).expect("can be read")).await.expect("made")
    }

    /// An active connection that depends on another.
    async fn dependent(&self, name: &str, on: &ServiceConnectionProfile) -> ServiceConnectionProfile {
        self.obedient.pass(true);
        let mut new = every(60, name, &format!("{}.example.org", name.to_lowercase()));
        new.depends_on = vec![on.id];
        let connection = self.activate(new).await;
        self.obedient.pass(false);
        connection
    }

    async fn suspend(&self, connection: &ServiceConnectionProfile) {
        transition::apply(&self.scope(), connection.id, Transition::Suspend).await.expect("suspended");
    }

    async fn unresolved(&self) -> usize {
        let (_, total) = incidents::unresolved(&self.scope(), 1).await.expect("incidents");
        usize::try_from(total).expect("a count")
    }

    async fn change(&self, connection: &ServiceConnectionProfile, edit: Value) -> ServiceConnectionProfile {
        let version = self.get(connection).await.version;
        connections::edit(&self.scope(), connection.id, version, serde_json::from_value(edit).expect("an edit")).await.expect("edited")
    }
}

/// Type, number of incidents and of those still down of each message that was taken.
fn told(receiver: &Receiver) -> Vec<(String, u64, u64)> {
    let number = |value: &Value| value.as_u64().expect("a number");
    let one = |message: Value| {
        let kind = message["type"].as_str().expect("a type").trim_start_matches("incident.").to_owned();
        (kind, number(&message["data"]["incident_count"]), number(&message["data"]["still_down"]))
    };
    receiver.taken().iter().map(|taken| one(taken.json())).collect()
}

fn is(kind: &str, incidents: u64, still_down: u64) -> (String, u64, u64) {
    (kind.to_owned(), incidents, still_down)
}

async fn log(test: &TestConsole) -> Vec<Delivery> {
    deliveries::list(&test.scope(), DeliveryFilter::default(), 200, None).await.expect("deliveries").0
}

#[tokio::test]
async fn five_hundred_connections_that_fail_within_a_minute_are_two_messages_and_one_group() {
    const MANY: usize = 500;
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        for number in 0..MANY {
            test.active_connection(&format!("Service {number}"), 60).await;
        }
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        // Their slots are spread over the minute, and so are their incidents.
        for _ in 0..24 {
            test.pass_time(Duration::from_secs(5)).await;
            test.send().await;
        }
        assert_eq!(test.unresolved().await, MANY, "{}", test.database);
        test.advance(MINUTE);
        test.send().await;
        let opened = told(&receiver);
        assert!(opened.len() <= 3 && opened.iter().map(|(_, count, _)| count).sum::<u64>() == MANY as u64, "{}: {opened:?}", test.database);
        assert_eq!(log(&test).await.len(), opened.len());
        let (groups, first) = (incidents::unresolved_groups(&test.scope()).await.expect("groups"), receiver.taken()[0].json());
        assert_eq!((groups.len(), groups[0].count, groups[0].open, groups[0].causes), (1, MANY, MANY, 1), "{}", test.database);
        assert!(receiver.taken().iter().all(|taken| taken.json()["data"]["group_id"] == first["data"]["group_id"]));

        assert_eq!(incidents::acknowledge_group(&test.scope(), groups[0].id).await.expect("acknowledged"), MANY);
        test.send().await;
        assert_eq!(told(&receiver).split_off(opened.len()), [is("acknowledged", 500, 500)], "{}", test.database);

        test.obedient.pass(true);
        for _ in 0..13 {
            test.pass_time(Duration::from_secs(5)).await;
            test.send().await;
        }
        test.advance(MINUTE);
        test.send().await;
        let recovered = told(&receiver).split_off(opened.len() + 1);
        assert!(recovered.len() <= 2 && recovered.iter().map(|(_, count, _)| count).sum::<u64>() == MANY as u64, "{}: {recovered:?}", test.database);
        assert_eq!(recovered.last().map(|(_, _, still_down)| *still_down), Some(0));
    }
}

#[tokio::test]
async fn the_recovery_of_a_group_waits_for_the_last_and_says_what_is_still_down() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        let mut services = Vec::new();
        for name in ["Orders", "Carts", "Stock"] {
            services.push(test.active_connection(name, 60).await);
        }
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        test.send().await;
        assert_eq!(told(&receiver), [is("opened", 3, 3)], "{}: one batch", test.database);
        let incident = test.incident_of(&services[0]).await.id;
        incidents::apply(&test.scope(), incident, IncidentAction::Resolve, None).await.expect("resolved");
        test.send().await;
        assert_eq!(receiver.taken().len(), 1, "{}: it waits for the others", test.database);
        test.advance(MINUTE);
        test.send().await;
        assert_eq!(told(&receiver).last(), Some(&is("recovered", 1, 2)), "{}", test.database);
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        test.send().await;
        assert_eq!(told(&receiver).last(), Some(&is("recovered", 2, 0)), "{}: the last ones hurry it", test.database);
    }
}

#[tokio::test]
async fn what_is_silenced_opens_and_shows_and_is_told_when_the_silence_ends() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        let orders = test.active_connection("Orders", 60).await;
        let orders = test.change(&orders, json!({"tags": ["payments"]})).await;
        test.silence(json!({"tag": "payments"}), HOUR).await;
        let of_another = test.silence(json!({"environment": "staging"}), HOUR).await;
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        test.pass_time(MINUTE).await;
        test.send().await;
        let incident = test.incident_of(&orders).await;
        assert_eq!((incident.status, incident.held_back), (IncidentStatus::Open, Some(SuppressionReason::Silence)), "{}", test.database);
        assert_eq!((receiver.taken().len(), test.notified().await, log(&test).await.len()), (0, 0, 0), "{}", test.database);
        test.look().await;
        assert_eq!(test.incident_of(&orders).await.held_back, Some(SuppressionReason::Silence));
        test.advance(HOUR);
        test.look().await;
        test.look().await;
        test.send().await;
        assert_eq!((told(&receiver), test.notified().await), (vec![is("opened", 1, 1)], 1), "{}: told once", test.database);
        assert_eq!(test.incident_of(&orders).await.held_back, None);

        // One that was told is not told on while it is silenced, but its end is.
        let silence = test.silence(json!({"connection_id": orders.id}), HOUR).await;
        test.look().await;
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        test.send().await;
        assert_eq!(told(&receiver), [is("opened", 1, 1), is("recovered", 1, 0)], "{}", test.database);
        silences::end(&test.scope(), silence.id).await.expect("ended");
        assert_eq!(refused(silences::end(&test.scope(), silence.id).await), "silence_not_found");
        assert_eq!(refused(silences::end(&test.scope(), of_another.id).await), "silence_not_found", "it is over");
    }
}

#[tokio::test]
async fn what_ends_while_it_is_silenced_is_never_told() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        test.silence(json!({"environment": "production"}), HOUR).await;
        test.broken("Orders").await;
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        assert_eq!(test.incidents().await[0].status, IncidentStatus::Resolved);
        test.advance(HOUR);
        test.look().await;
        test.send().await;
        assert_eq!((receiver.taken().len(), test.notified().await), (0, 0), "{}", test.database);
    }
}

#[tokio::test]
async fn a_silence_that_says_nothing_is_refused() {
    let test = TestConsole::sqlite().await;
    let make = async |new: Value| silences::make(&test.scope(), serde_json::from_value(new).expect("can be read")).await;
    let past = test.now() - MINUTE;
    assert_eq!(wrong_fields(make(json!({"matchers": {"tag": " "}, "ends_at": past, "reason": " "})).await), ["matchers", "ends_at", "reason"]);
    let unknown = json!({"matchers": {"connection_id": domain::ids::ProfileId::new()}, "ends_at": test.now() + MINUTE, "reason": "x"});
    assert_eq!(refused(make(unknown).await), "connection_not_found");
}

#[tokio::test]
async fn what_follows_from_another_failure_is_held_back_and_told_if_it_outlives_it() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        let database = test.broken("Database").await;
        let orders = test.dependent("Orders", &database).await;
        let carts = test.dependent("Carts", &database).await;
        test.pass_time(FIRST).await;
        test.pass_time(MINUTE).await;
        test.send().await;
        let (cause, held) = (test.incident_of(&database).await, test.incident_of(&orders).await);
        assert_eq!(
            (held.held_back, held.follows_id, held.group_id),
            (Some(SuppressionReason::Dependency), Some(cause.id), cause.group_id),
            "{}",
            test.database
        );
        assert_eq!(told(&receiver), [is("opened", 1, 1)], "{}", test.database);

        // It is over: whatever recovers with it is never heard of.
        incidents::apply(&test.scope(), cause.id, IncidentAction::Resolve, None).await.expect("resolved");
        incidents::apply(&test.scope(), test.incident_of(&carts).await.id, IncidentAction::Resolve, None).await.expect("resolved");
        test.look().await;
        test.send().await;
        assert_eq!(told(&receiver), [is("opened", 1, 1), is("recovered", 1, 0)], "{}: Orders is to be tried first", test.database);
        test.suspend(&database).await;
        test.pass_time(MINUTE).await;
        test.look().await;
        test.send().await;
        assert_eq!(told(&receiver).last(), Some(&is("opened", 1, 1)), "{}: it outlives it", test.database);
        assert_eq!(receiver.taken().last().expect("a message").json()["data"]["connection"], "Orders");
        assert_eq!(test.incident_of(&orders).await.held_back, None);
    }
}

#[tokio::test]
async fn nothing_depends_on_itself() {
    for test in TestConsole::both().await {
        let (a, b, c) = (test.create("A").await, test.create("B").await, test.create("C").await);
        test.change(&a, json!({"depends_on": [b.id, b.id]})).await;
        assert_eq!(test.change(&b, json!({"depends_on": [c.id]})).await.depends_on, [c.id]);
        let edit = async |of: &ServiceConnectionProfile, on: Value| {
            let version = test.get(of).await.version;
            connections::edit(&test.scope(), of.id, version, serde_json::from_value(json!({"depends_on": on})).expect("an edit")).await
        };
        assert_eq!(wrong_fields(edit(&c, json!([a.id])).await), ["depends_on"], "{}", test.database);
        assert_eq!(wrong_fields(edit(&c, json!([c.id])).await), ["depends_on"]);
        assert_eq!(wrong_fields(edit(&c, json!([domain::ids::ProfileId::new()])).await), ["depends_on"]);
        assert_eq!(test.get(&a).await.depends_on, [b.id], "each once");
        assert!(edit(&b, Value::Null).await.expect("cleared").depends_on.is_empty());
        assert!(edit(&c, json!([a.id])).await.is_ok(), "the way round is open again");
    }
}

#[tokio::test]
async fn an_incident_that_outlives_its_window_is_told_at_its_end() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        let orders = test.broken("Orders").await;
        test.send().await;
        let told_before = test.notified().await;
        test.window(json!({"tag": null, "environment": "production", "starts_at": test.now(), "duration_minutes": 10, "reason": "A new disk."})).await;
        test.pass_time(MINUTE).await;
        test.look().await;
        assert_eq!(test.incident_of(&orders).await.held_back, Some(SuppressionReason::Maintenance), "{}", test.database);
        test.pass_time(MINUTE * 9).await;
        test.look().await;
        test.send().await;
        assert_eq!(test.ends(&orders).await.last().map(String::as_str), Some("fail"), "{}: tried again as it ends", test.database);
        assert_eq!(told(&receiver), [is("opened", 1, 1), is("reminder", 1, 1)], "{}", test.database);
        assert_eq!((test.notified().await, test.incident_of(&orders).await.held_back), (told_before + 1, None));
    }
}

#[tokio::test]
async fn what_was_mended_in_its_window_recovers_without_another_word() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        test.channel(&receiver).await;
        let orders = test.broken("Orders").await;
        test.send().await;
        test.window(json!({"connection_id": orders.id, "starts_at": test.now(), "duration_minutes": 10, "reason": "A new disk."})).await;
        test.pass_time(MINUTE).await;
        test.look().await;
        test.obedient.pass(true);
        test.advance(MINUTE * 9);
        test.look().await;
        test.pass_time(MINUTE).await;
        test.look().await;
        test.send().await;
        assert_eq!(told(&receiver), [is("opened", 1, 1), is("recovered", 1, 0)], "{}", test.database);
    }
}

#[tokio::test]
async fn a_recurring_window_covers_each_of_its_occurrences_and_nothing_between() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 3_600).await;
        let orders = test.change(&orders, json!({"tags": ["payments"]})).await;
        let begins = Timestamp::from_millis((test.now().as_millis() / 3_600_000 + 2) * 3_600_000);
        let window = json!({
            "tag": "payments", "starts_at": begins, "duration_minutes": 120, "rrule": "FREQ=DAILY;COUNT=3", "reason": "Nightly.",
        });
        let window = test.window(window).await;
        assert_eq!((window.opens_at, window.closes_at, window.ends_at), (begins, begins + HOUR * 2, begins + HOUR * 2));
        test.pass_time(FIRST).await;
        let first = test.kept(&orders).await[0].at.timestamp();
        // From here on each slot is tried in the second in which it is due.
        test.advance(HOUR - Duration::from_millis((test.now().as_millis() - first.as_millis()).unsigned_abs()));
        for _ in 0..100 {
            test.look().await;
            test.pass_time(Duration::ZERO).await;
            test.advance(HOUR);
        }
        let kept = test.kept(&orders).await;
        for heartbeat in &kept {
            let since = heartbeat.at.0 - Slot::at(begins).0;
            let is_covered = (0..3 * 86_400).contains(&since) && since % 86_400 < 7_200;
            assert_eq!(heartbeat.outcome.to_string() == "maintenance", is_covered, "{}: {since}", test.database);
        }
        assert!(kept.iter().filter(|heartbeat| heartbeat.outcome.to_string() == "maintenance").count() >= 5);
        assert_eq!(refused(maintenance::end(&test.scope(), window.id).await), "window_not_found", "its last occurrence is over");
    }
}

#[tokio::test]
async fn ending_a_recurring_window_ends_all_of_it() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let begins = Slot::at(test.now()).timestamp();
        let window = test.window(json!({"starts_at": begins - HOUR, "duration_minutes": 30, "rrule": "FREQ=DAILY", "reason": "Nightly."})).await;
        assert_eq!(window.opens_at, begins + HOUR * 23, "{}: today's is over", test.database);
        maintenance::end(&test.scope(), window.id).await.expect("ended");
        test.look().await;
        test.pass_time(HOUR * 23 + MINUTE).await;
        assert_eq!(test.ends(&orders).await.last().map(String::as_str), Some("pass"), "{}", test.database);
    }
}

#[tokio::test]
async fn a_window_that_cannot_be_followed_is_refused_by_its_fields() {
    let test = TestConsole::sqlite().await;
    let declare = async |mut window: Value| {
        window["reason"] = json!("x");
        window["starts_at"] = json!(test.now());
        maintenance::declare(&test.scope(), serde_json::from_value(window).expect("can be read")).await
    };
    let table = [
        (json!({}), "ends_at"),
        (json!({"duration_minutes": 0}), "ends_at"),
        (json!({"duration_minutes": -5}), "duration_minutes"),
        (json!({"duration_minutes": 60, "ends_at": test.now() + MINUTE}), "duration_minutes"),
        (json!({"duration_minutes": 60, "rrule": "every day"}), "rrule"),
        (json!({"duration_minutes": 60, "rrule": "FREQ=DAILY", "time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"duration_minutes": 60, "time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"duration_minutes": 20_000, "rrule": "FREQ=DAILY"}), "duration_minutes"),
    ];
    for (window, field) in table {
        assert_eq!(wrong_fields(declare(window.clone()).await), [field], "{window}");
    }
}
