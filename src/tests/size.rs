//! How much a heartbeat takes on disk, written as the scheduler writes: many connections side by side, slot after slot.

use domain::{
    heartbeat::{Outcome, Slot},
    latency::Latency,
};
use engine::Console;
use store::{
    db::Pool,
    heartbeats::{self, Row},
};

use crate::test_console::TestConsole;

const CONNECTIONS: i32 = 200;
const SLOTS: i64 = 1_000;
const PAGES: &str = "select (select page_count from pragma_page_count()) * (select page_size from pragma_page_size())";
const RELATION: &str = "select pg_total_relation_size('service_connection_heartbeats')";

async fn size(console: &Console) -> i64 {
    match &console.db.writer {
        Pool::Sqlite(pool) => sqlx::query_scalar(PAGES).fetch_one(pool).await.expect("pages"),
        Pool::Postgres(pool) => sqlx::query_scalar(RELATION).fetch_one(pool).await.expect("a size"),
    }
}

#[tokio::test]
async fn a_heartbeat_takes_at_most_sixty_bytes_on_sqlite_and_a_hundred_and_twenty_on_postgresql() {
    for (test, most) in TestConsole::both().await.into_iter().zip([60, 120]) {
        let before = size(&test.console).await;
        for slot in 0..SLOTS {
            // Like a service that answers in 5 to 50 ms, and is down once in a while.
            let row = |key: i32| {
                let fails = slot % 97 == 0;
                let failure = fails.then_some("Answers with the expected status: Expected 200-299, got 503 Service Unavailable.");
                Row {
                    key,
                    team_key: 1,
                    slot: Slot(1_780_000_000 + slot * 20),
                    outcome: if fails { Outcome::Fail } else { Outcome::Pass },
                    reason: None,
                    latency: Some(Latency::from_tenths(50 + (key * 31 + i32::try_from(slot).unwrap_or_default()) % 450)),
                    failure,
                }
            };
            let rows: Vec<_> = (1..=CONNECTIONS).map(row).collect();
            let mut tx = test.console.db.begin().await.expect("begun");
            heartbeats::insert(&mut tx, &rows).await.expect("written");
            tx.commit().await.expect("committed");
        }
        let bytes = (size(&test.console).await - before) / (i64::from(CONNECTIONS) * SLOTS);
        println!("{}: {bytes} bytes a heartbeat, its index included", test.database);
        assert!(bytes <= most, "{}: {bytes} bytes", test.database);
    }
}
