//! What every kind of service promises, checked over the whole list; a new kind is checked by being on it.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    kind::{Depth, Field, FieldType, KindDescriptor, KindId},
    settings,
};
use probes::{
    kinds::{Cause, ConnectionKind, Failure, Kinds, Target},
    runner,
};
use serde_json::{Value, json};

use crate::{
    fake_listener::{self, FakeListener},
    fixture_kind, leaks, probe,
};

/// Short, because nothing that is tried here answers.
const DEADLINE: Duration = Duration::from_millis(400);
const CANARY: &str = "canary-Zq7+v/9x-secret";

/// The product's kinds, and one more to show that a line is all it takes.
fn lists() -> [Kinds; 2] {
    [
        Kinds::all(),
        Kinds::new([
            Arc::new(fixture_kind::FixtureKind::new()) as Arc<dyn ConnectionKind>, // the one line
        ]),
    ]
}

fn each(check: impl Fn(&dyn ConnectionKind)) {
    lists().iter().flat_map(Kinds::iter).for_each(check);
}

/// Settings of `kind` that point at a port of this machine, with everything else as the form has it.
fn pointed_at(kind: &dyn ConnectionKind, port: u16) -> Target {
    pointed_with(kind, port, json!({}))
}

/// The same, once for every choice that has the kind ask for a secret, so that each secret is used.
fn each_pointed_at(kind: &dyn ConnectionKind, port: u16) -> Vec<Target> {
    let secrets = kind.descriptor().fields.iter().filter(|field| field.is_secret());
    let choices = secrets.filter_map(|field| field.shown_when.as_ref()).flat_map(|when| when.is.iter().map(move |value| json!({ &*when.field: value })));
    std::iter::once(json!({})).chain(choices).map(|changes| pointed_with(kind, port, changes)).collect()
}

fn pointed_with(kind: &dyn ConnectionKind, port: u16, changes: Value) -> Target {
    let fields = &kind.descriptor().fields;
    let settings: serde_json::Map<_, _> = fields.iter().filter_map(|field| Some((field.name.to_string(), sample(field, port)?))).collect();
    let secrets: Vec<_> = fields.iter().filter(|field| field.is_secret()).map(|field| (&*field.name, CANARY)).collect();
    probe::target(kind, probe::merged(Value::Object(settings), changes), &secrets)
}

/// What a person might enter; nothing where the form may be left as it is.
pub fn sample(field: &Field, port: u16) -> Option<Value> {
    match (&*field.name, field.kind) {
        ("host", _) => Some(json!("127.0.0.1")),
        ("resolver", _) => Some(json!(format!("127.0.0.1:{port}"))),
        ("port", _) => Some(json!(port)),
        (_, FieldType::Secret) => None,
        (_, FieldType::Url) if field.required => Some(json!(format!("http://127.0.0.1:{port}/"))),
        (_, FieldType::Number) if field.required => field.default.clone().or(field.min.map(Value::from)),
        _ if field.required => field.default.clone().or_else(|| Some(json!("example"))),
        _ => None,
    }
}

#[test]
fn the_product_has_its_kinds_in_the_order_a_person_chooses_from() {
    let all = Kinds::all();
    let ids: Vec<_> = all.iter().map(|kind| kind.descriptor().id).collect();
    assert_eq!(ids, ["http", "postgres", "redis", "s3", "smtp", "supabase", "dns", "grpc", "tcp"]);
    for id in ids {
        let id: KindId = id.parse().expect("a kind's id is valid");
        assert_eq!(all.get(&id).map(|kind| kind.descriptor().id), Some(id.as_str()));
    }
}

#[test]
fn a_descriptor_is_complete() {
    each(|kind| {
        let KindDescriptor { id, title, summary, fields, scenarios } = kind.descriptor();
        assert!(id.parse::<KindId>().is_ok(), "{id}");
        assert!(!title.is_empty() && !summary.is_empty(), "{id}");
        assert!(!fields.is_empty() && !scenarios.is_empty(), "{id}");
    });
}

#[test]
fn fields_can_be_asked_for_and_understood() {
    each(|kind| {
        let KindDescriptor { id, fields, .. } = kind.descriptor();
        let names: BTreeSet<_> = fields.iter().map(|field| &*field.name).collect();
        assert_eq!(names.len(), fields.len(), "{id}: two fields of one name");
        for field in fields {
            let name = format!("{id}.{}", field.name);
            assert!(field.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'), "{name}");
            assert!(!field.label.is_empty(), "{name} has no label");
            assert!(field.kind != FieldType::Multiline || !field.hint.is_empty(), "{name}: say what one line of it is");
            assert_eq!(field.kind == FieldType::Choice, field.choices.is_some(), "{name}: choices");
            assert!(!field.is_secret() || field.default.is_none(), "{name}: a secret has no default");
            if let Some(when) = &field.shown_when {
                let choices = fields.iter().find(|other| other.name == when.field).and_then(|other| other.choices.as_ref());
                assert!(choices.is_some_and(|choices| when.is.iter().all(|value| choices.contains(value))), "{name} is shown for a value that cannot be");
            }
        }
    });
}

#[test]
fn defaults_are_values_the_kind_accepts() {
    each(|kind| {
        let KindDescriptor { id, fields, .. } = kind.descriptor();
        let complete = pointed_at(kind, 9).settings;
        assert_eq!(settings::check(fields, &complete), Ok((*complete).clone()), "{id}");
        for field in fields.iter().filter(|field| field.default.is_some()) {
            let mut spelled = (*complete).clone();
            spelled.insert(field.name.to_string(), field.default.clone().unwrap_or_default());
            assert!(settings::check(fields, &spelled).is_ok(), "{id}.{}", field.name);
        }
    });
}

#[test]
fn scenarios_are_named_once_and_in_sentence_case() {
    each(|kind| {
        let KindDescriptor { id, scenarios, .. } = kind.descriptor();
        let ids: BTreeSet<_> = scenarios.iter().map(|scenario| scenario.id).collect();
        assert_eq!(ids.len(), scenarios.len(), "{id}: two scenarios of one id");
        for scenario in scenarios {
            let title = scenario.title;
            assert!(title.starts_with(char::is_uppercase) && !title.ends_with('.'), "{id}: {title}");
            let title_case = |word: &str| word.len() > 1 && word.starts_with(char::is_uppercase) && word.chars().skip(1).all(char::is_lowercase);
            assert!(!title.split(' ').skip(1).any(title_case), "{id}: {title}");
        }
    });
}

#[test]
fn one_scenario_is_the_heartbeat_and_the_first_ones_say_how_far_it_got() {
    each(|kind| {
        let KindDescriptor { id, scenarios, .. } = kind.descriptor();
        let heartbeats: Vec<_> = scenarios.iter().filter(|scenario| scenario.depth == Depth::Heartbeat).collect();
        assert_eq!(heartbeats.len(), 1, "{id}: {heartbeats:?}");
        assert!(heartbeats.iter().all(|scenario| scenario.blocking), "{id}: a heartbeat that cannot fail");
        let ids: Vec<_> = scenarios.iter().map(|scenario| scenario.id).collect();
        assert!(ids.starts_with(&["resolve", "connect"]), "{id}: {ids:?}");
    });
}

#[tokio::test]
async fn an_unknown_scenario_is_a_failure_and_no_panic() {
    for kind in lists().iter().flat_map(Kinds::iter) {
        let outcome = probe::run_within(DEADLINE, kind, "no_such_scenario", &pointed_at(kind, 9)).await;
        assert!(outcome.is_err(), "{}", kind.descriptor().id);
    }
}

#[tokio::test]
async fn a_closed_port_fails_at_once_and_says_why() {
    let (_held, port) = fake_listener::closed_port();
    for kind in lists().iter().flat_map(Kinds::iter) {
        let heartbeat = kind.descriptor().scenarios_to(Depth::Heartbeat).map(|scenario| scenario.id);
        for scenario in heartbeat.chain(["connect"]) {
            for outcome in try_scenario(kind, scenario, port).await {
                assert_eq!(outcome.expect_err("nothing listens there").cause, Cause::Refused, "{} {scenario}", kind.descriptor().id);
            }
        }
        for target in each_pointed_at(kind, port) {
            let failure = runner::beat(kind, &target, DEADLINE).await.1.expect_err("nothing listens there");
            assert_eq!(failure.cause, Cause::Refused, "{}: the heartbeat", kind.descriptor().id);
        }
    }
}

#[tokio::test]
async fn every_scenario_ends_in_time_when_the_service_is_silent() {
    each_scenario_against(FakeListener::Silent).await;
}

#[tokio::test]
async fn every_scenario_ends_in_time_when_the_service_hangs_up() {
    each_scenario_against(FakeListener::Closing).await;
}

#[tokio::test]
async fn every_scenario_ends_in_time_when_the_service_repeats_what_it_got() {
    each_scenario_against(FakeListener::Echo).await;
}

#[tokio::test]
async fn every_scenario_ends_in_time_when_the_service_never_stops() {
    each_scenario_against(FakeListener::Endless).await;
}

/// Whatever the service does, the first two scenarios pass: a connection opens.
async fn each_scenario_against(decoy: FakeListener) {
    let port = decoy.listen().await;
    for kind in lists().iter().flat_map(Kinds::iter) {
        for scenario in &kind.descriptor().scenarios {
            for outcome in try_scenario(kind, scenario.id, port).await {
                let connects = ["resolve", "connect"].contains(&scenario.id);
                assert!(!connects || outcome.is_ok(), "{} {} {decoy:?}: {outcome:?}", kind.descriptor().id, scenario.id);
            }
        }
    }
}

/// Runs one scenario on each variant of the settings; whatever comes of it is in time, in words, and without a secret.
async fn try_scenario(kind: &dyn ConnectionKind, scenario: &str, port: u16) -> Vec<Result<String, Failure>> {
    let name = format!("{} {scenario}", kind.descriptor().id);
    let mut outcomes = Vec::new();
    for target in each_pointed_at(kind, port) {
        let started = Instant::now();
        let outcome = probe::run_within(DEADLINE, kind, scenario, &target).await.map(|finding| finding.found);
        assert!(started.elapsed() < DEADLINE + Duration::from_millis(400), "{name} took {:?}", started.elapsed());

        if let Err(failure) = &outcome {
            let text = failure.cause.text();
            assert!(!failure.found.is_empty() && !text.why.is_empty() && !text.remediation.is_empty(), "{name}: {failure:?}");
        }
        for output in [format!("{outcome:?}"), format!("{target:?}")] {
            assert_eq!(leaks::find(CANARY, &output), None, "{name}: {output}");
        }
        outcomes.push(outcome);
    }
    outcomes
}
