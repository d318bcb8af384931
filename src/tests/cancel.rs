//! Clients leave in the middle of a request: the pool must not keep what they left open.

use std::time::Duration;

use engine::configure;
use rand::{Rng, SeedableRng, rngs::StdRng};
use store::db::Pool;

use crate::test_console::{TestConsole, connection};

const ROUNDS: u32 = 300;
const SEED: u64 = 20_260_714;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_unit_of_work_that_is_dropped_half_way_stays_open() {
    let mut random = StdRng::seed_from_u64(SEED);
    for test in TestConsole::both().await {
        let scope = test.scope();
        for round in 0..ROUNDS {
            let patience = Duration::from_micros(random.random_range(0..3_000));
            let create = configure::create(&scope, connection(&format!("Round {round}")));
            let _ = tokio::time::timeout(patience, create).await;
        }
        for round in 0..30 {
            test.create(&format!("Afterwards {round}")).await;
        }
        if let Pool::Postgres(pool) = &test.console.db.writer {
            let open = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
            let open: i64 = sqlx::query_scalar(open).fetch_one(pool).await.expect("counted");
            assert_eq!(open, 0, "transactions left open, seed {SEED}");
        }
    }
}
