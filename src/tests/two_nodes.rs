//! Several processes on one database: they share the work, and none can undo what another did.

use std::time::Duration;

use engine::{
    Console,
    heartbeat::{
        Limits,
        claim::{ClaimSelection, claim},
        record::{Recorded, record},
        sweep::{round, run_claim},
    },
};

use crate::{active_connections::FIRST, invariants, test_console::TestConsole};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_stale_result_of_a_lapsed_lease_is_refused() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.obedient.pass(false);
        test.advance(FIRST);
        let stopped = test.another(Limits { lease: Duration::ZERO, ..Limits::default() }).await;
        let mut stale = Vec::new();
        for claim in claim(&stopped, ClaimSelection::Due).await.expect("claimed") {
            stale.push(run_claim(&stopped, claim).await);
        }
        test.obedient.pass(true);
        assert_eq!(round(&test.console).await.expect("a round").passed, 1, "taken over");
        let woken = record(&stopped, &mut stale).await.expect("recorded");
        assert_eq!(woken, Recorded { refused: 1, ..Recorded::default() }, "{}", test.database);
        assert_eq!(test.ends(&orders).await, ["pass"]);
        assert_eq!(test.status(&orders).await, "healthy");
        invariants::check(&test.console, "a stale result").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_nodes_share_the_work_without_a_gap_or_a_double() {
    const CONNECTIONS: usize = 60;
    for test in TestConsole::both().await {
        for index in 0..CONNECTIONS {
            test.active_connection(&format!("Service {index}"), 60).await;
        }
        let nodes = [test.console.clone(), test.another(narrow()).await, test.another(narrow()).await];
        let before = test.obedient.tries();
        let mut recorded = Recorded::default();
        test.advance(FIRST);
        for _ in 0..10 {
            let rounds = nodes.clone().map(|node: Console| tokio::spawn(async move { round(&node).await.expect("a round") }));
            for round in rounds {
                recorded.add(round.await.expect("ran"));
            }
            test.advance(MINUTE);
        }
        assert_eq!((recorded.passed, recorded.failed, recorded.untried, recorded.refused), (CONNECTIONS * 10, 0, 0, 0), "{}", test.database);
        assert_eq!(test.obedient.tries() - before, CONNECTIONS * 10, "each slot was tried once");
        invariants::check(&test.console, "three nodes").await;
    }
}

fn narrow() -> Limits {
    Limits { claim: 7, ..Limits::default() }
}
