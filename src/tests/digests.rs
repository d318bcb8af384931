//! What a digest says, each part of it.

use std::{sync::Arc, time::Duration};

use domain::channel::Digest;
use engine::{digest, heartbeat::retention::roll_up, incidents::declare, notify::manage};
use probes::kinds::{ConnectionKind, Kinds};
use serde_json::json;
use sqlx::AssertSqlSafe;
use store::db::Pool;

use crate::{
    channels::{Receiver, webhook},
    diagnose::{both, connection, run},
    test_console::TestConsole,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// As if it had answered in two seconds, and its certificate ended soon.
const SLOW_AND_DUE: [&str; 2] = [
    "update heartbeat_hours set latency_sum = 20000 * (passed + failed), latency_max = 90000",
    "update diagnostic_results set scenario = 'certificate', outcome = 'failed', found = 'Ends in 9 days.' where scenario = 'answers'",
];

async fn sql(test: &TestConsole, statement: &'static str) -> u64 {
    match &test.console.db.writer {
        Pool::Sqlite(pool) => sqlx::query(AssertSqlSafe(statement)).execute(pool).await.expect("done").rows_affected(),
        Pool::Postgres(pool) => sqlx::query(AssertSqlSafe(statement)).execute(pool).await.expect("done").rows_affected(),
    }
}

#[tokio::test]
async fn a_digest_says_what_opened_what_is_open_what_was_slow_and_which_certificates_come_due() {
    for (mut test, patient) in both().await {
        test.console.kinds = Kinds::new([patient as Arc<dyn ConnectionKind>, Arc::clone(&test.obedient) as Arc<dyn ConnectionKind>]);
        let receiver = Receiver::new().await;
        let mut daily = webhook("Daily", &receiver.url());
        daily.digest = Digest::Daily;
        manage::create(&test.scope(), daily).await.expect("a channel");
        digest::run(&test.console).await.expect("arranged");
        connection(&test, "Shop", json!({"host": "a"})).await;
        run(&test).await;
        test.broken("Orders").await;
        test.pass_time(HOUR * 2).await;
        roll_up(&test.console).await.expect("rolled up");
        for statement in SLOW_AND_DUE {
            assert!(sql(&test, statement).await > 0, "{}: {statement}", test.database);
        }
        let page = format!("http://127.0.0.1:8080/operations/incidents/{}", test.incidents().await[0].id);
        let mut digests = Vec::new();
        for _ in 0..2 {
            test.advance(HOUR * 24);
            digest::run(&test.console).await.expect("queued");
            test.send().await;
            let last = receiver.taken().last().expect("a message").json();
            assert_eq!(last["type"], "incident.digest", "{}", test.database);
            digests
                .push(last["data"]["entries"].as_array().expect("entries").iter().map(|entry| entry.as_str().expect("a text").to_owned()).collect::<Vec<_>>());
        }
        let [first, second] = &digests[..] else { panic!("two") };
        let says = |entries: &[String], entry: &str| entries.iter().any(|said| said == entry);
        assert_eq!(first[0], "Opened:", "{first:?}");
        assert!(first[1].starts_with("- [P2] Orders") && first[1].ends_with(&page), "{first:?}");
        assert!(says(first, "- Orders: 2000 ms on average, 9000 ms at worst") && says(first, "- Shop: Ends in 9 days."), "{first:?}");
        assert!(says(first, "Slow:") && says(first, "Certificates that come due:"), "{first:?}");
        assert_eq!(second[0], "Still open from before:", "{second:?}");
        assert!(second[1].ends_with(&page) && says(second, "- Shop: Ends in 9 days.") && !says(second, "Slow:"), "{second:?}");
    }
}

/// Everything that digests said there.
fn entries(receiver: &Receiver) -> Vec<String> {
    let digests = receiver.taken().into_iter().map(|taken| taken.json()).filter(|message| message["type"] == "incident.digest");
    digests.flat_map(|digest| digest["data"]["entries"].as_array().expect("entries").clone()).map(|entry| entry.as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn what_a_digest_tells_alone_stands_first_and_whole() {
    for test in TestConsole::both().await {
        let receiver = Receiver::new().await;
        let mut new = webhook("Daily", &receiver.url());
        new.digest = Digest::Daily;
        manage::create(&test.scope(), new).await.expect("a channel");
        digest::run(&test.console).await.expect("arranged");
        for (severity, count) in [("p2", 22), ("p3", 22)] {
            for index in 0..count {
                let new = json!({"summary": format!("Trouble {index}"), "severity": severity, "environment": "production"});
                declare::declare(&test.scope(), serde_json::from_value(new).expect("an incident")).await.expect("declared");
            }
        }
        test.advance(HOUR * 24);
        digest::run(&test.console).await.expect("queued");
        test.send().await;
        let entries = entries(&receiver);
        let count = |severity: &str| entries.iter().filter(|entry| entry.starts_with(severity)).count();
        assert_eq!((count("- [P3]"), count("- [P2]")), (22, 20), "{}: {entries:?}", test.database);
        assert!(entries[0] == "Opened, and told here alone:" && entries.iter().any(|entry| entry == "- and 2 more"), "{}: {entries:?}", test.database);
    }
}

#[tokio::test]
async fn p3_stands_in_the_daily_digest_and_p4_in_the_weekly_one() {
    for test in TestConsole::both().await {
        let [daily, weekly] = [Receiver::new().await, Receiver::new().await];
        for (receiver, digest) in [(&daily, Digest::Daily), (&weekly, Digest::Weekly)] {
            let mut new = webhook(&digest.to_string(), &receiver.url());
            new.digest = digest;
            manage::create(&test.scope(), new).await.expect("a channel");
        }
        digest::run(&test.console).await.expect("arranged");
        test.fails("Slow", "p3").await;
        test.fails("Small", "p4").await;
        for _ in 0..8 {
            test.advance(HOUR * 24);
            digest::run(&test.console).await.expect("queued");
            test.send().await;
        }
        let says = |receiver: &Receiver, begins: &str| entries(receiver).iter().any(|entry| entry.starts_with(begins));
        assert!(says(&daily, "- [P3] Slow") && !says(&daily, "- [P4] Small"), "{}: {:?}", test.database, entries(&daily));
        assert!(says(&weekly, "- [P4] Small"), "{}: {:?}", test.database, entries(&weekly));
    }
}
