//! Which statements a round of heartbeats takes, whatever else waits.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use engine::{incidents::declare, notify::manage};
use serde_json::json;
use store::db::Pool;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::set_default,
};

use crate::{active_connections::FIRST, channels::webhook, fake_listener, test_console::TestConsole};

const MINUTE: Duration = Duration::from_secs(60);

/// Keeps what sqlx says of each statement that it sends from this thread.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.0.lock().expect("not poisoned").insert(text.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A statement: its beginning, and all of it where that is longer.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if ["summary", "db.statement"].contains(&field.name()) {
            self.0 += &format!("{value:?}");
        }
    }
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
async fn a_round_of_heartbeats_takes_the_same_statements_with_ten_thousand_messages_waiting_as_with_none() {
    let test = TestConsole::postgres().await;
    for index in 0..20 {
        test.active_connection(&format!("Service {index}"), 60).await;
    }
    test.pass_time(FIRST).await;
    let (_held, closed) = fake_listener::closed_port();
    manage::create(&test.scope(), webhook("Away", &format!("http://127.0.0.1:{closed}/"))).await.expect("a channel");
    let round = async || {
        let statements = Statements::default();
        let counted = set_default(statements.clone());
        assert_eq!(test.pass_time(MINUTE).await.passed, 20);
        drop(counted);
        let mut taken = mem::take(&mut *statements.0.lock().expect("not poisoned"));
        // A node says every few seconds that it lives, by another clock.
        taken.retain(|statement| !statement.contains("heartbeat_nodes"));
        taken
    };
    let none = round().await;
    let new = json!({"summary": "Orders are lost", "severity": "p2"});
    declare::declare(&test.scope(), serde_json::from_value(new).expect("an incident")).await.expect("declared");
    let one = round().await;
    let Pool::Postgres(pool) = &test.console.db.writer else { panic!("not PostgreSQL") };
    assert_eq!(sqlx::query(NINE_THOUSAND_MORE).execute(pool).await.expect("inserted").rows_affected(), 9_999);
    let many = round().await;
    assert!(none.iter().any(|statement| statement.contains("heartbeats")), "they are seen: {none:?}");
    assert!(!many.iter().any(|statement| statement.contains("deliver")), "{many:?}");
    assert_eq!((&one, &many), (&none, &none));
}
