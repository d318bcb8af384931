//! Edit racing activate: whoever loses, nothing unverified becomes active.

use domain::profile::{State, Transition};
use engine::{connections, transition};

use crate::test_console::TestConsole;

const ROUNDS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_round_of_edit_against_activate_leaves_an_unverified_version_active() {
    for test in TestConsole::both().await {
        let mut activated = 0;
        for round in 0..ROUNDS {
            let draft = test.create(&format!("Round {round}")).await;
            test.verify(&draft).await;
            let (scope, id) = (test.scope(), draft.id);
            let activate = tokio::spawn(async move { transition::apply(&scope, id, Transition::Activate).await });
            let scope = test.scope();
            let edit = tokio::spawn(async move {
                let edit = serde_json::from_value(serde_json::json!({"settings": {"port": 4001}, "credential": {"password": "another"}})).expect("an edit");
                connections::edit(&scope, id, 1, edit).await
            });
            let (activate, edit) = (activate.await.expect("ran"), edit.await.expect("ran"));
            let end = test.get(&draft).await;
            assert!(edit.is_ok(), "an edit of the current version is never lost: {edit:?}");
            assert_eq!(end.state, State::Draft, "round {round} on {}: {end:?}", test.database);
            match activate {
                Ok(seen) => {
                    assert_eq!((seen.version, seen.verified_version), (1, Some(1)), "round {round}: only the verified version was active");
                    activated += 1;
                }
                Err(error) => assert_eq!(error.code().to_string(), "verification_outdated", "round {round}"),
            }
        }
        println!("{}: activate came first in {activated} of {ROUNDS} rounds", test.database);
    }
}
