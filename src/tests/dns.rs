//! The kind `dns` against nsd, a real authoritative server: what a good record shows, and which step fails for each way of breaking it.

use probes::kinds::{Cause, ConnectionKind, Target, dns::Dns};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    fake_listener,
    probe::{self, artefact, deep_passes, failures, merged},
    scripted::Server,
    services::services,
};

/// Authoritative servers listen where the resolver does.
fn kind() -> Dns {
    Dns::asking_authorities_at(services().dns.port)
}

fn target(changes: Value) -> Target {
    probe::target(&kind(), merged(json!({ "name": "www.orders.test", "resolver": services().dns.resolver }), changes), &[])
}

#[tokio::test]
async fn a_good_record_passes_every_scenario() {
    let table = [
        (json!({ "expected": ["192.0.2.6", "192.0.2.7"] }), "192.0.2.6, 192.0.2.7."),
        (json!({ "name": "WWW.Orders.Test." }), "192.0.2.6, 192.0.2.7."),
        (json!({ "name": "alias.orders.test", "expected": ["192.0.2.7", "192.0.2.6"] }), "192.0.2.6, 192.0.2.7."),
        (json!({ "name": "alias.orders.test", "record_type": "CNAME", "expected": ["www.orders.test"] }), "www.orders.test."),
        (json!({ "name": "mail.orders.test", "record_type": "MX", "expected": ["10 MX.orders.test."] }), "10 mx.orders.test."),
        (json!({ "name": "note.orders.test", "record_type": "TXT", "expected": ["\"v=spf1 -all\" \"Case Matters\""] }), "v=spf1 -allCase Matters."),
        (json!({ "name": "orders.test", "record_type": "NS", "expected": ["ns1.orders.test", "ns2.orders.test"] }), "ns1.orders.test, ns2.orders.test."),
    ];
    for (changes, expected) in table {
        let found = deep_passes(&kind(), &target(changes.clone())).await;
        assert_eq!(found["answer"].found, expected, "{changes}");
        assert_eq!(found["authorities"].found, "2 servers of orders.test agree.", "{changes}");
        assert!(artefact(&found["answer"], "answer").starts_with("; No Error, authoritative\n"), "{found:?}");
        assert!(artefact(&found["authorities"], "authoritative-servers").contains("\"serial\": 1"));
    }
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let (_held, closed) = fake_listener::closed_port();
    let table = [
        ("unknown name server", json!({ "resolver": "nowhere.invalid" }), ("resolve", Cause::NameNotFound)),
        ("closed port", json!({ "resolver": format!("127.0.0.1:{closed}") }), ("connect", Cause::Refused)),
        ("no such name", json!({ "name": "missing.orders.test" }), ("answer", Cause::RecordMissing)),
        ("no such record", json!({ "record_type": "AAAA" }), ("answer", Cause::RecordMissing)),
        ("refused", json!({ "name": "www.elsewhere.test" }), ("answer", Cause::LookupRefused)),
        ("one too many", json!({ "expected": ["192.0.2.7"] }), ("records", Cause::RecordsDiffer)),
        ("one missing", json!({ "expected": ["192.0.2.6", "192.0.2.7", "192.0.2.8"] }), ("records", Cause::RecordsDiffer)),
        ("short-lived", json!({ "name": "fast.orders.test" }), ("ttl", Cause::TtlUnsuitable)),
        ("two truths", json!({ "name": "www.split.test" }), ("authorities", Cause::ServersDisagree)),
        ("a lame server", json!({ "name": "www.lame.test" }), ("authorities", Cause::ServersDisagree)),
    ];
    let ways = table.into_iter().map(|(how, changes, breaks)| Breakage::new(how, target(changes), breaks)).collect();
    each_breaks_one_and_each_is_broken(kind(), ways).await;
}

#[tokio::test]
async fn what_differs_is_told() {
    let found =
        async |scenario: &str, changes: Value| probe::run_within(probe::DEADLINE, &kind(), scenario, &target(changes)).await.expect_err("differs").found;
    assert_eq!(found("records", json!({ "expected": ["192.0.2.6", "192.0.2.8"] })).await, "Missing: 192.0.2.8; not expected: 192.0.2.7.");
    assert_eq!(found("answer", json!({ "name": "missing.orders.test" })).await, "The name does not exist (NXDOMAIN).");
    let split = found("authorities", json!({ "name": "www.split.test" })).await;
    assert_eq!(split, "ns1.split.test says 192.0.2.6, 192.0.2.7, ns2.split.test says 192.0.2.6, 192.0.2.8.");
    let lame = found("authorities", json!({ "name": "www.lame.test" })).await;
    assert_eq!(lame, "ns2.lame.test: The name server refuses to answer for this name (REFUSED).");
}

/// A name server of which `answer` makes the answer out of each question, and a target that asks it.
async fn answering(answer: fn(&mut Vec<u8>)) -> (Server, Target) {
    let server = Server::start(move |mut stream| async move {
        let mut message = vec![0; usize::from(stream.read_u16().await.unwrap_or_default())];
        let _ = stream.read_exact(&mut message).await;
        message[2] |= 0x80;
        answer(&mut message);
        let _ = stream.write_u16(u16::try_from(message.len()).unwrap_or_default()).await;
        let _ = stream.write_all(&message).await;
    })
    .await;
    let target = target(json!({ "resolver": format!("127.0.0.1:{}", server.port()), "expected": [] }));
    (server, target)
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_believed() {
    // By its id.
    let (_server, target) = answering(|message| message[0] ^= 0xff).await;
    assert_eq!(failures(&kind(), &target).await, [("answer", Cause::UnexpectedAnswer)]);
}

#[tokio::test]
async fn a_record_of_another_name_is_no_answer() {
    let (_server, target) = answering(|message| {
        // One answer: other.test, A, IN, for a minute, 192.0.2.6.
        message[7] = 1;
        message.extend(b"\x05other\x04test\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x06");
    })
    .await;
    assert_eq!(failures(&kind(), &target).await, [("answer", Cause::RecordMissing)]);
}

#[tokio::test]
async fn aliases_in_a_circle_and_an_answer_that_was_cut_are_no_missing_record() {
    let in_a_circle = |message: &mut Vec<u8>| {
        // Two answers: what was asked for is b.test, and b.test is what was asked for.
        message[7] = 2;
        message.extend(b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x08\x01b\x04test\x00");
        message.extend(b"\x01b\x04test\x00\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x0c");
    };
    for (answer, expected) in [
        (in_a_circle as fn(&mut Vec<u8>), "The name's aliases (CNAME) lead in a circle."),
        (|message| message[2] |= 0x02, "The name server cut its answer short, though it was asked over TCP."),
    ] {
        let (_server, target) = answering(answer).await;
        let failure = probe::run_within(probe::DEADLINE, &kind(), "answer", &target).await.expect_err("no record");
        assert_eq!(failure.found, expected);
    }
}

#[test]
fn what_cannot_be_looked_up_is_told_at_its_field() {
    let fields = |changes: Value| {
        let settings = serde_json::from_value(merged(json!({ "name": "a.test" }), changes)).expect("settings");
        kind().check(&settings).into_iter().map(|error| error.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(json!({})), [] as [&str; 0]);
    assert_eq!(fields(json!({ "name": " " })), ["settings.name"]);
    assert_eq!(fields(json!({ "name": "a..b" })), ["settings.name"]);
    assert_eq!(fields(json!({ "resolver": "http://ns" })), ["settings.resolver"]);
}
