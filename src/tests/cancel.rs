//! Clients leave in the middle of a request: the pool must not keep what they left open, nor whose rows it was about.

use std::time::Duration;

use engine::{connections, notify};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx_postgres::PgPool;
use store::db::Pool;

use crate::{
    active_connections::until,
    test_console::{TestConsole, connection},
};

/// Requests that are given up half-way: fewer on SQLite, where no role and no team could be left.
const ABORTED: u32 = 10_000;
const ABORTED_ON_SQLITE: u32 = 1_000;
const SEED: u64 = 20_260_714;

const OPEN: &str = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
const LEFT: &str = "select current_user <> session_user or coalesce(current_setting('switchboard.team', true), '') <> ''";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_unit_of_work_that_is_dropped_half_way_stays_open() {
    let mut random = StdRng::seed_from_u64(SEED);
    for test in TestConsole::both().await {
        let scope = test.scope();
        let (mut round, mut aborted) = (0, 0);
        let wanted = if test.console.db.is_embedded() { ABORTED_ON_SQLITE } else { ABORTED };
        while aborted < wanted {
            round += 1;
            // Half of them write.
            let is_over = if round % 2 == 0 {
                let patience = Duration::from_micros(random.random_range(0..2_000));
                tokio::time::timeout(patience, connections::create(&scope, connection(&format!("Round {round}")))).await.is_ok()
            } else {
                let patience = Duration::from_micros(random.random_range(0..500));
                tokio::time::timeout(patience, notify::unread(&scope)).await.is_ok()
            };
            aborted += u32::from(!is_over);
        }
        for round in 0..30 {
            test.create(&format!("Afterwards {round}")).await;
        }
        if let Pool::Postgres(pool) = &test.console.db.writer {
            until("every transaction has ended", async || sqlx::query_scalar::<_, i64>(OPEN).fetch_one(pool).await.expect("counted") == 0).await;
            nothing_is_left(pool).await;
        }
    }
}

/// Looks at every connection of the pool.
async fn nothing_is_left(pool: &PgPool) {
    let mut connections = Vec::new();
    for _ in 0..pool.size() {
        connections.push(pool.acquire().await.expect("a connection"));
    }
    for connection in &mut connections {
        let is_left: bool = sqlx::query_scalar(LEFT).fetch_one(&mut **connection).await.expect("asked");
        assert!(!is_left, "a connection keeps a role or a team, seed {SEED}");
    }
}
