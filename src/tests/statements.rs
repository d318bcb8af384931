//! How many statements a round of heartbeats takes, whatever else waits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use engine::{incidents::declare, notify::arrange};
use serde_json::json;
use store::db::Pool;
use tracing::{
    Event, Metadata, Subscriber,
    span::{Attributes, Id, Record},
    subscriber::set_default,
};

use crate::{active_connections::FIRST, channels::webhook, decoy_listener, test_console::TestConsole};

const MINUTE: Duration = Duration::from_secs(60);

/// Counts what sqlx says of each statement that it sends from this thread.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicUsize>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// All but its id and its number.
const NINE_THOUSAND_MORE: &str =
    "insert into deliveries (id, team_id, channel_id, incident_id, group_id, reason, status, waits_since, created_at, severity, summary,
        opened_at, actor, detail, next_attempt_at)
    select gen_random_uuid(), team_id, channel_id, incident_id, group_id, reason, status, waits_since, created_at, severity, summary, opened_at, actor, detail,
        next_attempt_at
    from deliveries cross join generate_series(2, 10000) where status = 'waiting'";

/// On PostgreSQL, whose statements are sent from here; they are the same on SQLite.
#[tokio::test]
async fn a_round_of_heartbeats_takes_as_many_statements_with_ten_thousand_messages_waiting_as_with_one() {
    let test = TestConsole::postgres().await;
    for index in 0..20 {
        test.active_connection(&format!("Service {index}"), 60).await;
    }
    test.pass_time(FIRST).await;
    let (_held, closed) = decoy_listener::closed_port();
    arrange::create(&test.scope(), webhook("Away", &format!("http://127.0.0.1:{closed}/"))).await.expect("a channel");
    let round = async || {
        let statements = Statements::default();
        let _counted = set_default(statements.clone());
        assert_eq!(test.pass_time(MINUTE).await.passed, 20);
        statements.0.load(Ordering::SeqCst)
    };
    // The first one prepares.
    round().await;
    let none = round().await;
    let new = json!({"summary": "Orders are lost", "severity": "p2"});
    declare::declare(&test.scope(), serde_json::from_value(new).expect("an incident")).await.expect("declared");
    let one = round().await;
    let Pool::Postgres(pool) = &test.console.db.writer else { panic!("not PostgreSQL") };
    assert_eq!(sqlx::query(NINE_THOUSAND_MORE).execute(pool).await.expect("inserted").rows_affected(), 9_999);
    let many = round().await;
    assert!(none > 0, "they are counted");
    assert_eq!((one, many), (none, none));
}
