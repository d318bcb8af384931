//! The disk full: what was refused is told plainly, and once there is room everything goes on by itself.

use std::time::Duration;

use domain::{error::ErrorCode, operator::Who};
use engine::{
    Console, OpsError, health,
    report::{self, ReportedError},
};
use serde_json::json;
use store::{db::Pool, sessions};

use crate::{
    active_connections::FIRST,
    invariants,
    test_console::{TestConsole, refused, reported},
};

fn error(message: &str) -> ReportedError {
    ReportedError { context: json!({ "padding": "x".repeat(8_000) }), ..reported(message) }
}

async fn record(test: &TestConsole, message: &str) -> Result<(), OpsError> {
    report::record(&test.scope(), "POST /api/errors", error(message)).await.map(drop)
}

async fn ready(console: &Console) -> Result<(), ErrorCode> {
    console.readiness.check(&console.db, console.clock.now()).await
}

async fn kept(test: &TestConsole) -> usize {
    report::events(&test.scope(), &Default::default(), 200, None).await.expect("reads go on").0.len()
}

/// Whether anything can be written. On PostgreSQL a commit fails as it does when the log cannot grow.
async fn fill(test: &TestConsole, is_full: bool) {
    match &test.console.db.writer {
        Pool::Sqlite(pool) => {
            // No page beyond those that there are: what SQLite meets on a full disk.
            let sql = if is_full { "pragma max_page_count = 1" } else { "pragma max_page_count = 1073741823" };
            sqlx::raw_sql(sql).execute(pool).await.expect("done");
        }
        Pool::Postgres(pool) => {
            let full = "create function full_disk() returns trigger language plpgsql as
                    $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
                create constraint trigger full_disk after insert or update on error_events deferrable initially deferred
                    for each row execute function full_disk();
                create constraint trigger full_disk after insert or update on write_checks deferrable initially deferred
                    for each row execute function full_disk();";
            let sql = if is_full { full } else { "drop function full_disk cascade" };
            sqlx::raw_sql(sql).execute(pool).await.expect("done");
        }
    }
}

#[tokio::test]
async fn what_a_full_disk_refused_is_written_once_there_is_room() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        record(&test, "before").await.expect("recorded");
        fill(&test, true).await;
        let mut told = Vec::new();
        for turn in 0..20 {
            if test.database == "sqlite" {
                // The limit is one of the connection, which was replaced.
                fill(&test, true).await;
            }
            told.extend(record(&test, &format!("full {turn}")).await.err().map(|error| error.code().to_string()));
        }
        assert!(told.len() > 10 && told.iter().all(|code| code == "disk_full"), "{}: {told:?}", test.database);
        let before = kept(&test).await;
        assert_eq!(before + told.len(), 21, "{}: what was answered is there, and nothing else", test.database);
        assert_eq!(health::counts_by_environment(&test.scope()).await.expect("reads go on").len(), 1);
        fill(&test, false).await;
        record(&test, "after").await.expect("room again");
        assert_eq!(kept(&test).await, before + 1, "{}", test.database);
        assert_eq!(test.pass_time(FIRST).await.passed, 1, "{}: heartbeats go on", test.database);
        assert_eq!(test.ends(&orders).await, ["pass"]);
        invariants::check(&test.console, "a full disk").await;
    }
}

#[tokio::test]
async fn the_console_is_not_ready_while_it_cannot_write() {
    let test = TestConsole::postgres().await;
    ready(&test.console).await.expect("ready");
    let another = test.another(test.console.scheduler.limits).await;
    fill(&test, true).await;
    assert_eq!(ready(&another).await.map_err(|code| code.to_string()), Err("disk_full".into()));
    assert!(another.db.ping().await.is_ok(), "which reading alone would not show");
}

/// The server's process of each connection that a unit of work is given.
async fn backend(test: &TestConsole) -> i32 {
    let mut tx = test.console.db.begin().await.expect("begun");
    let store::Tx::Postgres(transaction) = &mut tx else { panic!("not PostgreSQL") };
    sqlx::query_scalar("select pg_backend_pid()").fetch_one(transaction.connection().expect("open")).await.expect("a number")
}

#[tokio::test]
async fn a_connection_whose_commit_failed_is_not_used_again() {
    let test = TestConsole::postgres().await;
    fill(&test, true).await;
    let mut tx = test.console.db.begin().await.expect("begun");
    let failed: i32 = {
        let store::Tx::Postgres(transaction) = &mut tx else { panic!("not PostgreSQL") };
        let connection = transaction.connection().expect("open");
        sqlx::query("insert into write_checks (name, at) values ('test', now())").execute(&mut *connection).await.expect("inserted");
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(connection).await.expect("a number")
    };
    assert!(tx.commit().await.expect_err("no room").is_disk_full());
    for _ in 0..30 {
        assert_ne!(backend(&test).await, failed);
    }
}

#[tokio::test]
async fn a_token_reports_as_often_as_it_may_and_others_are_not_held_up() {
    let test = TestConsole::sqlite().await;
    let mut limited = test.console.clone();
    limited.report_limits = report::limits::ReportLimits::new(std::num::NonZeroU32::new(5).expect("some"));
    let scope = limited.for_team(test.actor.clone());
    for turn in 0..5 {
        report::record(&scope, "POST /api/errors", error(&format!("{turn}"))).await.expect("recorded");
    }
    assert_eq!(refused(report::record(&scope, "POST /api/errors", error("one more")).await), "too_many_requests");
    let another = engine::Actor { who: Who::Token(domain::ids::ApiTokenId::new()), ..test.actor.clone() };
    report::record(&limited.for_team(another), "POST /api/errors", error("another")).await.expect("recorded");
    assert_eq!(kept(&test).await, 6);
}

#[tokio::test]
async fn a_disk_that_takes_no_writes_is_told_from_one_that_is_full() {
    let test = TestConsole::sqlite().await;
    let Pool::Sqlite(pool) = &test.console.db.writer else { panic!("not SQLite") };
    // What SQLite meets on a disk that was mounted read-only.
    sqlx::raw_sql("pragma query_only = on").execute(pool).await.expect("done");
    let expires = test.now() + Duration::from_secs(60);
    let refused = sessions::insert(&test.console.db, "an id", None, &json!({}), expires).await.expect_err("read-only");
    assert!(refused.is_write_refused() && refused.is_unavailable() && !refused.is_disk_full(), "{refused:?}");
    assert!(sessions::load(&test.console.db, "an id", test.now()).await.expect("reads go on").is_none());
}
