//! The life of a connection: only what was verified as it stands becomes active.

use std::time::Duration;

use domain::{
    error::ErrorCode,
    ids::ProfileId,
    listing::{Filter, Sort},
    operator::Role,
    profile::{ServiceConnectionProfile, State, Transition},
    verification::{StepOutcome, VerificationOutcome},
};
use engine::{
    OpsError, access,
    connections::{self, ConnectionEdit},
    transition, verify,
};
use serde_json::json;
use store::{
    on_tx,
    profiles::{self, SealedCredential},
    schema,
};

use crate::test_console::{TestConsole, connection, refused, wrong_fields};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn step(test: &TestConsole, profile: &ServiceConnectionProfile, step: Transition) -> Result<ServiceConnectionProfile, OpsError> {
    transition::apply(&test.scope(), profile.id, step).await
}

async fn edit(test: &TestConsole, profile: &ServiceConnectionProfile, edit: serde_json::Value) -> Result<ServiceConnectionProfile, OpsError> {
    let edit: ConnectionEdit = serde_json::from_value(edit).expect("an edit");
    connections::edit(&test.scope(), profile.id, profile.version, edit).await
}

#[tokio::test]
async fn a_connection_is_verified_activated_suspended_resumed_and_archived() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        assert_eq!((draft.state, draft.version, draft.verified_version), (State::Draft, 1, None), "{}", test.database);
        assert_eq!(refused(step(&test, &draft, Transition::Activate).await), "verification_required");

        let verification = test.verify(&draft).await;
        assert_eq!(verification.outcome, VerificationOutcome::Passed, "{verification:?}");
        assert_eq!(test.get(&draft).await.state, State::Verified);

        for (transition, state) in [
            (Transition::Activate, State::Active),
            (Transition::Activate, State::Active),
            (Transition::Suspend, State::Suspended),
            (Transition::Resume, State::Active),
            (Transition::Archive, State::Archived),
        ] {
            assert_eq!(step(&test, &draft, transition).await.map(|profile| profile.state).ok(), Some(state), "{transition} on {}", test.database);
        }
        let archived = test.get(&draft).await;
        assert!(!archived.has_credential, "an archived connection keeps no secret");
        assert_eq!(refused(step(&test, &draft, Transition::Activate).await), "connection_archived");
        let acts: Vec<_> = connections::changes(&test.scope(), draft.id).await.expect("history");
        let acts: Vec<_> = acts.iter().rev().map(|change| change.act.to_string()).collect();
        assert_eq!(acts, ["created", "activated", "suspended", "resumed", "archived"]);
    }
}

#[tokio::test]
async fn an_archived_connection_is_restored_as_a_draft_unless_its_name_is_taken() {
    for test in TestConsole::both().await {
        let first = test.create("Orders").await;
        test.verify(&first).await;
        step(&test, &first, Transition::Archive).await.expect("archived");
        let second = test.create("Orders").await;
        assert_eq!(refused(step(&test, &first, Transition::Restore).await), "name_taken", "{}", test.database);
        step(&test, &second, Transition::Archive).await.expect("archived");
        let restored = step(&test, &first, Transition::Restore).await.expect("restored");
        assert_eq!((restored.state, restored.verified_version, restored.has_credential), (State::Draft, None, false));
        assert_eq!(refused(step(&test, &first, Transition::Activate).await), "verification_required");
        assert_eq!(step(&test, &first, Transition::Restore).await.expect("nothing to do").state, State::Draft);
    }
}

#[tokio::test]
async fn the_list_knows_of_each_connection_how_its_last_test_ended() {
    for test in TestConsole::both().await {
        let (tested, untested) = (test.create("Orders").await, test.create("Payments").await);
        test.verify(&tested).await;
        let summaries = connections::summaries(&test.scope(), &[tested.clone(), untested.clone()]).await.expect("summaries");
        assert_eq!(summaries[&tested.id].last_test, Some(VerificationOutcome::Passed), "{}", test.database);
        assert_eq!((summaries[&untested.id].last_test, summaries[&untested.id].health), (None, None));
    }
}

#[tokio::test]
async fn a_failed_verification_refuses_activation_and_says_why() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        test.obedient.pass(false);
        let verification = test.verify(&draft).await;
        assert_eq!(verification.outcome, VerificationOutcome::Failed);
        let [first, second] = verification.steps.as_slice() else { panic!("{verification:?}") };
        assert_eq!((first.outcome, second.outcome), (StepOutcome::Failed, StepOutcome::Skipped));
        assert!(!first.why.is_empty() && !first.remediation.is_empty());
        assert_eq!(first.found, "I was given [redacted].");
        assert_eq!(refused(step(&test, &draft, Transition::Activate).await), "verification_required");
    }
}

#[tokio::test]
async fn a_verified_connection_that_fails_its_next_test_is_a_draft_again() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        test.verify(&draft).await;
        test.obedient.pass(false);
        test.verify(&draft).await;
        assert_eq!(test.get(&draft).await.state, State::Draft);
        assert_eq!(refused(step(&test, &draft, Transition::Activate).await), "verification_required");
    }
}

#[tokio::test]
async fn a_verification_older_than_a_day_does_not_activate() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        test.verify(&draft).await;
        test.advance(DAY + Duration::from_millis(1));
        assert_eq!(refused(step(&test, &draft, Transition::Activate).await), "verification_expired");
        test.verify(&draft).await;
        test.advance(DAY);
        assert!(step(&test, &draft, Transition::Activate).await.is_ok());
    }
}

#[tokio::test]
async fn an_edit_of_what_was_verified_makes_an_active_connection_a_draft() {
    for (change, becomes) in [
        (json!({"settings": {"port": 4001}, "credential": {"password": "open sesame"}}), State::Draft),
        (json!({"credential": {"password": "another"}}), State::Draft),
        (json!({"environment": "staging"}), State::Draft),
        (json!({"name": "Orders (EU)", "tags": ["eu"], "owner": "payments"}), State::Active),
        (json!({"settings": {"note": "moved"}}), State::Active),
        (json!({"heartbeat": {"interval_seconds": 60}}), State::Active),
    ] {
        for test in TestConsole::both().await {
            let draft = test.create("Orders").await;
            test.verify(&draft).await;
            let active = step(&test, &draft, Transition::Activate).await.expect("active");
            let edited = edit(&test, &active, change.clone()).await.expect("edited");
            assert_eq!((edited.state, edited.version), (becomes, 2), "{change} on {}", test.database);
            if becomes == State::Draft {
                assert_eq!(refused(step(&test, &draft, Transition::Activate).await), "verification_outdated");
            } else {
                assert_eq!(edited.verified_version, Some(2), "renaming keeps the verification");
            }
        }
    }
}

#[tokio::test]
async fn an_edit_of_a_version_that_is_not_current_loses() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        edit(&test, &draft, json!({"name": "Mine"})).await.expect("edited");
        assert_eq!(refused(edit(&test, &draft, json!({"name": "Yours"})).await), "version_stale");
        assert_eq!(test.get(&draft).await.name, "Mine");
    }
}

#[tokio::test]
async fn a_changed_address_asks_for_the_credential_again() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        for moved in [json!({"settings": {"host": "evil.example.org"}}), json!({"settings": {"port": 1}})] {
            assert_eq!(refused(edit(&test, &draft, moved.clone()).await), "credential_required", "{moved}");
        }
        let moved = json!({"settings": {"host": "new.example.org"}, "credential": {"password": "another"}});
        let moved = edit(&test, &draft, moved).await.expect("moved");
        assert!(moved.has_credential);
        assert_eq!(test.verify(&moved).await.outcome, VerificationOutcome::Passed, "the new secret opens at the new address");
    }
}

#[tokio::test]
async fn a_credential_that_does_not_open_is_mended_by_entering_it_again() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        let mut tx = test.console.db.begin().await.expect("begin");
        let sealed_elsewhere = "update service_connection_profiles set credential_version = credential_version + 1";
        on_tx!(&mut tx, |connection| sqlx::query(sealed_elsewhere).execute(connection).await.map(drop)).expect("done");
        tx.commit().await.expect("commit");
        assert!(edit(&test, &draft, json!({"owner": "payments"})).await.is_err(), "{}", test.database);
        let mended = edit(&test, &draft, json!({"credential": {"password": "another"}})).await.expect("mended");
        assert_eq!(test.verify(&mended).await.outcome, VerificationOutcome::Passed);
    }
}

#[tokio::test]
async fn a_secret_that_is_not_asked_for_any_more_is_dropped() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        let open = edit(&test, &draft, json!({"settings": {"auth": "none"}})).await.expect("edited");
        assert!(!open.has_credential);
        assert_eq!(wrong_fields(edit(&test, &open, json!({"settings": {"auth": "password"}})).await), ["credential.password"]);
    }
}

#[tokio::test]
async fn a_name_is_unique_in_its_environment_until_it_is_archived() {
    for test in TestConsole::both().await {
        let first = test.create("Orders").await;
        assert_eq!(refused(connections::create(&test.scope(), connection("ORDERS")).await), "name_taken");
        let other = test.create("Invoices").await;
        assert_eq!(refused(edit(&test, &other, json!({"name": "orders"})).await), "name_taken");
        step(&test, &first, Transition::Archive).await.expect("archived");
        test.create("Orders").await;
    }
}

#[tokio::test]
async fn only_a_name_that_is_taken_is_told_as_one() {
    for test in TestConsole::both().await {
        let orders = test.create("Orders").await;
        let cases = [(ProfileId::new(), "ORDERS", ErrorCode::NameTaken), (orders.id, "Invoices", ErrorCode::Internal)];
        for (id, name, expected) in cases {
            let again = ServiceConnectionProfile { id, name: name.to_owned(), ..orders.clone() };
            let mut tx = test.console.db.for_team(orders.team_id).begin().await.expect("begun");
            let refused = profiles::insert(&mut tx, &again, &SealedCredential::default()).await.expect_err("refused");
            assert_eq!(OpsError::from(refused).code(), expected, "{name} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn one_connection_is_verified_once_at_a_time() {
    for test in TestConsole::both().await {
        let draft = test.create("Orders").await;
        let scope = test.scope();
        let begin = || verify::start(&scope, draft.id);
        let (first, second) = tokio::join!(begin(), begin());
        let begun: Vec<_> = [first, second].into_iter().filter_map(Result::ok).collect();
        for verification in &begun {
            verify::wait(&test.scope(), verification.id).await.expect("ended");
        }
        assert!(!begun.is_empty());
        assert!(begin().await.is_ok(), "free again once it has ended");
    }
}

#[tokio::test]
async fn everything_wrong_with_a_new_connection_is_told_at_once() {
    for test in TestConsole::both().await {
        let mut wrong = connection(" ");
        wrong.settings = serde_json::from_value(json!({"port": 0, "colour": "red"})).expect("settings");
        wrong.runbook_url = Some("javascript:alert(1)".into());
        wrong.heartbeat = serde_json::from_value(json!({"interval_seconds": 1})).expect("heartbeat");
        let mut fields = wrong_fields(connections::create(&test.scope(), wrong).await);
        fields.sort();
        let expected = ["heartbeat.interval_seconds", "heartbeat.timeout_seconds", "name", "runbook_url", "settings.colour", "settings.host", "settings.port"];
        assert_eq!(fields, expected, "{}", test.database);
    }
}

#[tokio::test]
async fn what_reads_as_something_else_is_refused() {
    let test = TestConsole::sqlite().await;
    let mut wrong = connection("Bank\u{202e}knaB");
    wrong.settings = serde_json::from_value(json!({"host": "db\u{2066}.example.org"})).expect("settings");
    wrong.owner = Some("\u{202d}Ada".into());
    wrong.tags = vec!["a\u{2069}".into()];
    let mut fields = wrong_fields(connections::create(&test.scope(), wrong).await);
    fields.sort();
    assert_eq!(fields, ["name", "owner", "settings.host", "tags"]);
    let token = access::tokens::issue(&test.scope(), access::tokens::NewToken::of("ci\u{202e}", Role::Viewer)).await;
    assert_eq!(wrong_fields(token), ["name"]);
}

#[tokio::test]
async fn names_are_ordered_found_and_unique_in_any_letters_on_both_databases() {
    for test in TestConsole::both().await {
        for name in ["Ärzte", "öl", "Zebra", "apple", "Öffnungszeiten"] {
            test.create(name).await;
        }
        let (mut names, mut cursor) = (Vec::new(), None);
        loop {
            let (items, next) = connections::page_after(&test.scope(), &Filter::default(), Sort::Name, 2, cursor.as_deref()).await.expect("a page");
            names.extend(items.into_iter().map(|profile| profile.name));
            cursor = next;
            if cursor.is_none() || names.len() > 9 {
                break;
            }
        }
        // By the number of the letter, alike on both.
        assert_eq!(names, ["apple", "Zebra", "Ärzte", "Öffnungszeiten", "öl"], "{}", test.database);
        for q in ["ÄRZ", "ärzte", "A\u{308}rzte"] {
            let filter = Filter { q: Some(q.to_owned()), ..Filter::default() };
            let page = connections::list(&test.scope(), &filter, Sort::Name, 1, 10).await.expect("a page");
            assert_eq!((page.total, page.items[0].name.as_str()), (1, "Ärzte"), "{q} on {}", test.database);
        }
        for name in ["ärzte", "ÖL", "A\u{308}RZTE"] {
            assert_eq!(refused(connections::create(&test.scope(), connection(name)).await), "name_taken", "{name} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn what_was_named_before_names_were_folded_is_folded_and_stays_unique() {
    for test in TestConsole::both().await {
        let older = test.create("Ärzte").await;
        let younger = test.create("Other").await;
        for sql in [
            "update service_connection_profiles set name_key = 'Ärzte' where name = 'Ärzte'",
            "update service_connection_profiles set name = 'ärzte', name_key = 'ärzte' where name = 'Other'",
            "update service_connection_profiles set search_key = null",
        ] {
            let mut tx = test.console.db.begin().await.expect("begin");
            on_tx!(&mut tx, |connection| sqlx::query(sql).execute(connection).await.map(drop)).expect("as it was before");
            tx.commit().await.expect("commit");
        }
        for _ in 0..2 {
            schema::migrate(&test.console.db).await.expect("migrate");
            assert_eq!(test.get(&older).await.name, "Ärzte", "{}", test.database);
            assert_eq!(test.get(&younger).await.name, "ärzte (2)", "{}", test.database);
        }
        let filter = Filter { q: Some("ÄRZTE".to_owned()), ..Filter::default() };
        assert_eq!(connections::list(&test.scope(), &filter, Sort::Name, 1, 10).await.expect("a page").total, 2);
    }
}
