//! The database full, locked, or gone for a while: nothing false is written, and what was due is written afterwards.

use std::{collections::HashSet, time::Duration};

use engine::{
    OpsError, health,
    heartbeat::{
        Limits,
        attempt::Ended,
        claim::{ClaimSelection, claim},
        record::record,
        sweep::{round, run_claim},
    },
};
use store::{StoreResult, connection_schedules::claim::Hold, db::Pool};

use crate::{
    active_connections::{FIRST, Scheduler, until},
    fault_proxy::Flow,
    invariants,
    test_console::TestConsole,
};

const MINUTE: Duration = Duration::from_secs(60);

async fn tried(test: &TestConsole) -> Vec<Ended> {
    let mut ended = Vec::new();
    for claim in claim(&test.console, ClaimSelection::Due).await.expect("claimed") {
        ended.push(run_claim(&test.console, claim).await);
    }
    ended
}

async fn reconcile(test: &TestConsole, suspected: &HashSet<Hold>) -> StoreResult<HashSet<Hold>> {
    let scheduler = &test.console.scheduler;
    scheduler.holds.reconcile(&test.console.db, scheduler.node, suspected).await
}

async fn on_writer(test: &TestConsole, sql: &'static str) {
    let Pool::Sqlite(pool) = &test.console.db.writer else { panic!("not SQLite") };
    sqlx::raw_sql(sql).execute(pool).await.expect("done");
}

#[tokio::test]
async fn a_full_disk_fails_the_write_and_nothing_else() {
    let test = TestConsole::sqlite().await;
    for index in 0..40 {
        test.active_connection(&format!("Service {index}"), 60).await;
    }
    test.pass_time(FIRST).await;
    test.advance(MINUTE * 60);
    let mut ended = tried(&test).await;
    // No page beyond those that there are: what SQLite meets on a full disk.
    on_writer(&test, "pragma max_page_count = 1").await;
    let refused = record(&test.console, &mut ended).await.expect_err("no room");
    assert_eq!(refused.code().to_string(), "disk_full", "{refused:?}");
    assert!(health::counts_by_environment(&test.scope()).await.expect("reads go on").iter().all(|count| count.status.to_string() == "healthy"));
    on_writer(&test, "pragma max_page_count = 1073741823").await;
    assert_eq!(record(&test.console, &mut ended).await.expect("room again").passed, 40);
    invariants::check(&test.console, "a full disk").await;
}

#[tokio::test]
async fn a_database_that_drops_its_connections_loses_nothing() {
    let test = TestConsole::postgres().await;
    let orders = test.active_connection("Orders", 60).await;
    test.advance(FIRST);
    let mut ended = tried(&test).await;
    let Pool::Postgres(pool) = &test.console.db.writer else { panic!("not PostgreSQL") };
    let drop_all = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    sqlx::query(drop_all).execute(pool).await.expect("dropped");
    assert_eq!(record(&test.console, &mut ended).await.expect("another connection, at once").passed, 1);
    assert_eq!(test.ends(&orders).await, ["pass"]);
    invariants::check(&test.console, "dropped connections").await;
}

#[tokio::test]
async fn while_another_process_locks_the_database_results_wait_and_are_then_written() {
    let test = TestConsole::sqlite().await;
    let orders = test.active_connection("Orders", 60).await;
    let (_scheduler, before) = (Scheduler::of(&test.console), test.obedient.tries());
    test.obedient.hurry(false);
    test.advance(FIRST);
    until("it is asked", async || test.obedient.tries() > before).await;
    let locked = test.another(Limits::default()).await.db.begin().await.expect("the lock");
    test.obedient.hurry(true);
    // Each takes as long as a process waits for the lock, so the scheduler has given up once at least.
    for _ in 0..2 {
        let refused = test.console.db.begin().await.err().expect("locked");
        assert_eq!(OpsError::from(refused).code().to_string(), "database_unavailable");
    }
    assert_eq!((test.status(&orders).await.as_str(), test.kept(&orders).await.len()), ("unknown", 0), "reads go on");
    drop(locked);
    until("the row is there", async || !test.kept(&orders).await.is_empty()).await;
    assert_eq!(test.ends(&orders).await, ["pass"]);
    assert_eq!(test.obedient.tries() - before, 1, "what had been tried was kept");
    invariants::check(&test.console, "a locked database").await;
}

#[tokio::test]
async fn while_postgres_is_gone_results_wait_and_are_then_written() {
    let (test, proxy) = TestConsole::postgres_through_a_proxy().await;
    let orders = test.active_connection("Orders", 60).await;
    let (_scheduler, before) = (Scheduler::of(&test.console), test.obedient.tries());
    test.obedient.hurry(false);
    test.advance(FIRST);
    until("it is asked", async || test.obedient.tries() > before).await;
    proxy.set(Flow::Shut);
    test.obedient.hurry(true);
    for _ in 0..3 {
        let refused = health::counts_by_environment(&test.scope()).await.expect_err("it is gone");
        assert_eq!(refused.code().to_string(), "database_unavailable", "{refused:?}");
    }
    proxy.set(Flow::Open);
    until("the row is there", async || health::counts_by_environment(&test.scope()).await.is_ok() && !test.kept(&orders).await.is_empty()).await;
    assert_eq!(test.ends(&orders).await, ["pass"]);
    assert_eq!(test.obedient.tries() - before, 1, "what had been tried was kept");
    test.advance(MINUTE);
    until("the next slot has its row", async || test.kept(&orders).await.len() == 2).await;
    invariants::check(&test.console, "a database that was gone").await;
}

#[tokio::test]
async fn a_claim_that_nothing_works_on_is_given_back() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.advance(FIRST);
        drop(tried(&test).await);
        assert_eq!(round(&test.console).await.expect("a round").passed, 0, "{}: it is still claimed", test.database);
        let suspected = reconcile(&test, &HashSet::new()).await.expect("looked");
        assert_eq!(suspected.len(), 1);
        let working = tried(&test).await;
        assert!(working.is_empty(), "one look may be too early");
        reconcile(&test, &suspected).await.expect("looked");
        assert_eq!(round(&test.console).await.expect("a round").passed, 1, "{}", test.database);
        let held = {
            test.advance(MINUTE);
            tried(&test).await
        };
        assert!(reconcile(&test, &HashSet::new()).await.expect("looked").is_empty(), "what is worked on is no suspect");
        drop(held);
        assert_eq!(test.ends(&orders).await, ["pass"]);
        invariants::check(&test.console, "a lost claim").await;
    }
}
