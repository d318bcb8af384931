//! The master key: a wrong one is refused, and it can be changed, whatever interrupts that.

use std::collections::BTreeSet;

use domain::{
    audit::{AuditAct, AuditFilter},
    ids::{ApiTokenId, OperatorId, ProfileId},
    operator::Role,
    profile::State,
};
use engine::{
    Console, OpsError,
    access::second_factor::seed_purpose,
    audit,
    audit_chain::ChainFault,
    connections, key_ring,
    keys::{self, ISSUED, issued_purpose},
    vault::{Binding, KeyId, Vault},
};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{
    db::Pool,
    idempotency, profiles,
    sealed::{self, Holder},
    second_factors, sessions,
};

use crate::{
    second_factor::set_up,
    test_console::{TestConsole, connection},
};

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];
const THIRD: [u8; 32] = [9; 32];
/// Credentials that are sealed.
const CREDENTIALS: usize = 5;

/// From now on a rotation fails at the row after `rows`, of which nothing is left behind, as if it had been killed there.
async fn killed_after(test: &TestConsole, rows: usize) {
    let key: String = KeyId::of(&NEW).to_string();
    let statements = match &test.console.db.writer {
        Pool::Sqlite(_) => format!(
            "create trigger killed before update of credential on service_connection_profiles
            when (select count(*) from service_connection_profiles where substr(credential, 2, 4) = x'{key}') >= {rows}
            begin select raise(abort, 'killed'); end"
        ),
        Pool::Postgres(_) => format!(
            "create function killed() returns trigger language plpgsql as $$ begin
                if (select count(*) from service_connection_profiles where substr(credential, 2, 4) = '\\x{key}') >= {rows} then raise exception 'killed'; end if;
                return new;
            end $$;
            create trigger killed before update of credential on service_connection_profiles for each row execute function killed()"
        ),
    };
    test.sql(&statements).await.expect("done");
}

async fn killed_no_more(test: &TestConsole) {
    let statements = match &test.console.db.writer {
        Pool::Sqlite(_) => "drop trigger killed",
        Pool::Postgres(_) => "drop trigger killed on service_connection_profiles; drop function killed()",
    };
    test.sql(statements).await.expect("done");
}

/// Opens every credential, and answers how many there are.
async fn all_open(test: &TestConsole, vault: &Vault) -> usize {
    let rows = sealed::credentials_of_other_keys(&test.console.db, Holder::Connection, b"none", None, 1_000).await.expect("rows");
    for row in &rows {
        let binding = Binding { profile: ProfileId::from_uuid(row.id), origin: &row.credential_origin, version: row.credential_version };
        assert_eq!(vault.open(binding, &row.credential).expect("it opens")["password"].expose_secret(), "open sesame");
    }
    rows.len()
}

fn refusal(opened: Result<Console, OpsError>) -> String {
    match opened {
        Err(OpsError::Settings(said)) => said,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opened"),
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_before_anything_is_sealed_under_it() {
    for test in TestConsole::both().await {
        let said = refusal(test.with_vault(Vault::from_key(&NEW)).await);
        let (old, new) = (KeyId::of(&OLD).to_string(), KeyId::of(&NEW).to_string());
        assert!(said.contains("not the master key") && said.contains(&old) && said.contains(&new), "{said}");
        let known: Vec<_> = keys::list(&test.scope()).await.expect("keys").into_iter().map(|key| key.id).collect();
        assert_eq!(known, [old], "on {}", test.database);
        key_ring::compare(&test.console.db, &Vault::from_key(&OLD)).await.expect("its own key");
        assert!(key_ring::compare(&test.console.db, &Vault::from_key(&NEW)).await.is_err());
    }
}

#[tokio::test]
async fn a_database_from_before_keys_were_written_down_names_its_key_by_what_is_sealed() {
    for test in TestConsole::both().await {
        test.create("Orders").await;
        test.sql("delete from master_keys").await.expect("done");
        assert!(refusal(test.with_vault(Vault::from_key(&NEW)).await).contains(&KeyId::of(&OLD).to_string()));
        test.with_vault(Vault::from_key(&OLD)).await.expect("its own key");
        assert_eq!(keys::list(&test.scope()).await.expect("keys").len(), 1);
    }
}

#[tokio::test]
async fn a_rotation_that_is_killed_at_any_row_loses_nothing_and_goes_on() {
    for rows in 0..CREDENTIALS {
        for test in TestConsole::both().await {
            for number in 0..CREDENTIALS {
                test.create(&format!("Connection {number}")).await;
            }
            let both = Vault::from_ring(&NEW, &[OLD]);
            let scope = test.with_vault(both.clone()).await.expect("both keys").for_team(test.actor.clone());
            killed_after(&test, rows).await;
            keys::rotate(&scope).await.expect_err("killed");
            assert_eq!(all_open(&test, &both).await, CREDENTIALS, "after {rows} on {}", test.database);
            let under_new = keys::list(&scope).await.expect("keys").into_iter().find(|key| key.is_current).expect("current").sealed;
            assert_eq!(under_new, rows + 1, "with its own audit key");
            killed_no_more(&test).await;

            let done = keys::rotate(&scope).await.expect("rotated");
            assert_eq!(done.rewrapped, CREDENTIALS - rows + 1, "with the audit key of the old one");
            let retired = keys::list(&scope).await.expect("keys").into_iter().find(|key| !key.is_current).expect("the old one");
            assert_eq!((retired.sealed, retired.retired_at.is_some()), (0, true), "on {}", test.database);
            let new = Vault::from_key(&NEW);
            assert_eq!(all_open(&test, &new).await, CREDENTIALS);
            test.with_vault(new).await.expect("the new key alone");
            assert!(refusal(test.with_vault(Vault::from_key(&OLD)).await).contains("not the master key"));
            assert_eq!(keys::rotate(&scope).await.expect("again").rewrapped, 0);
        }
    }
}

#[tokio::test]
async fn a_key_that_is_lost_is_given_up_with_what_it_sealed_and_the_break_in_the_log_stays() {
    for test in TestConsole::both().await {
        let profile = test.create("Orders").await;
        audit::export(&test.scope()).await.expect("an entry");
        assert_eq!(keys::abandon(&test.console.db, KeyId::of(&OLD), &[KeyId::of(&NEW)], test.now()).await.expect("given up").credentials_removed, 1);
        let console = test.with_vault(Vault::from_key(&NEW)).await.expect("without the old key");
        let scope = console.for_team(test.actor.clone());
        let left = connections::get(&scope, profile.id).await.expect("it is there");
        assert_eq!((left.has_credential, left.state, left.version), (false, State::Draft, profile.version + 1), "on {}", test.database);
        audit::export(&scope).await.expect("people can go on");
        let found = audit::verify(&scope, None).await.expect("read");
        assert_eq!((found.entries, found.unverified, found.fault), (4, 2, None), "created, exported, given up, exported, on {}", test.database);
        assert_eq!(keys::rotate(&scope).await.expect("nothing to do").rewrapped, 0);
        let again = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("the key was found").for_team(test.actor.clone());
        let found = audit::verify(&again, None).await.expect("read");
        assert_eq!((found.unverified, found.fault), (0, None), "on {}", test.database);
        assert!(refusal(test.with_vault(Vault::from_ring(&OLD, &[NEW])).await).contains("was retired"));
    }
}

#[tokio::test]
async fn an_answer_with_a_secret_is_forgotten_with_the_key_that_it_is_kept_under() {
    for test in TestConsole::both().await {
        let db = test.console.db.for_team(test.actor.team);
        for (key, headers) in [("secret", json!({"cache-control": "no-store"})), ("plain", json!({}))] {
            assert!(idempotency::begin(&db, key, b"request", test.now()).await.expect("claimed").is_none());
            idempotency::finish(&db, key, 201, &headers, b"answer").await.expect("kept");
        }
        let console = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys");
        keys::rotate(&console.for_team(test.actor.clone())).await.expect("rotated");
        assert!(idempotency::begin(&db, "secret", b"request", test.now()).await.expect("asked").is_none(), "{}", test.database);
        assert!(idempotency::begin(&db, "plain", b"request", test.now()).await.expect("asked").is_some(), "{}", test.database);
    }
}

#[tokio::test]
async fn only_a_key_that_is_lost_and_in_use_is_given_up() {
    for test in TestConsole::both().await {
        let (old, other) = (KeyId::of(&OLD), KeyId::of(&NEW));
        for (id, ring) in [(old, vec![old]), (other, vec![])] {
            assert!(keys::abandon(&test.console.db, id, &ring, test.now()).await.is_err(), "{id} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn after_a_key_is_lost_under_which_that_of_older_entries_was_sealed_the_next_rotation_ends() {
    for test in TestConsole::both().await {
        test.create("Orders").await;
        let between = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys");
        keys::rotate(&between.for_team(test.actor.clone())).await.expect("rotated");
        keys::abandon(&test.console.db, KeyId::of(&NEW), &[], test.now()).await.expect("given up");
        let third = test.with_vault(Vault::from_key(&THIRD)).await.expect("a new key");
        let scope = third.for_team(test.actor.clone());
        let done = keys::rotate(&scope).await.expect("rotated");
        assert_eq!((done.unreadable, done.rewrapped), (Vec::new(), 0), "on {}", test.database);
        let found = audit::verify(&scope, None).await.expect("read");
        assert_eq!((found.unverified, found.fault), (2, None), "created, rotated, on {}", test.database);
    }
}

#[tokio::test]
async fn a_credential_that_does_not_open_is_told_and_the_others_move() {
    for test in TestConsole::both().await {
        test.create("Orders").await;
        test.create("Payments").await;
        test.sql("update service_connection_profiles set credential_version = credential_version + 1 where name = 'Orders'").await.expect("done");
        let scope = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys").for_team(test.actor.clone());
        let done = keys::rotate(&scope).await.expect("gone through");
        assert_eq!((done.rewrapped, done.retired), (2, Vec::new()), "with the audit key, on {}", test.database);
        assert!(matches!(&done.unreadable[..], [told] if told.contains("Orders")), "{:?}", done.unreadable);
    }
}

#[tokio::test]
async fn an_entry_of_a_retired_key_does_not_count() {
    for test in TestConsole::both().await {
        test.create("Orders").await;
        let behind = test.with_vault(Vault::from_ring(&OLD, &[NEW])).await.expect("both keys");
        let scope = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys").for_team(test.actor.clone());
        keys::rotate(&scope).await.expect("rotated");
        audit::export(&behind.for_team(test.actor.clone())).await.expect("it goes on under the new key");
        assert_eq!(audit::verify(&scope, None).await.expect("read").fault, None, "on {}", test.database);
        // Whoever has the old key and the database hides that it was retired.
        test.sql("update master_keys set retired_at = null").await.expect("done");
        audit::export(&behind.for_team(test.actor.clone())).await.expect("forged");
        let fault = audit::verify(&scope, None).await.expect("read").fault;
        assert!(matches!(fault, Some(ChainFault::RetiredKey { sequence: 4, .. })), "{fault:?} on {}", test.database);
    }
}

#[tokio::test]
async fn the_secret_of_a_token_that_nobody_has_read_yet_moves_too() {
    for test in TestConsole::both().await {
        let (id, expires) = (ApiTokenId::new(), test.now() + std::time::Duration::from_secs(60));
        let secret = test.console.vault.seal_text(&issued_purpose(&id.to_string()), &"sbt_canary".into()).expect("sealed");
        let data = json!({ ISSUED: { "id": id, "name": "ci", "secret": secret }, "seen_at": 1 });
        sessions::insert(&test.console.db, "one", None, &data, expires).await.expect("kept");
        sessions::insert(&test.console.db, "other", None, &json!({ "seen_at": 1 }), expires).await.expect("kept");
        let scope = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys").for_team(test.actor.clone());
        keys::rotate(&scope).await.expect("rotated");
        let kept = sessions::load(&test.console.db, "one", test.now()).await.expect("read").expect("there").data;
        let sealed: Vec<u8> = serde_json::from_value(kept[ISSUED]["secret"].clone()).expect("bytes");
        assert_eq!(Vault::from_key(&NEW).open_text(&issued_purpose(&id.to_string()), &sealed).expect("it opens").expose_secret(), "sbt_canary");
        assert_eq!(kept["seen_at"], 1, "on {}", test.database);
    }
}

#[tokio::test]
async fn the_seed_of_a_second_factor_moves_too_and_names_the_key_it_needs() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        test.sql("delete from master_keys").await.expect("done");
        assert!(refusal(test.with_vault(Vault::from_key(&NEW)).await).contains(&KeyId::of(&OLD).to_string()), "on {}", test.database);
        let scope = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys").for_team(test.actor.clone());
        let done = keys::rotate(&scope).await.expect("rotated");
        assert_eq!((done.rewrapped, done.unreadable), (1, Vec::new()), "on {}", test.database);
        let row = second_factors::get(&test.console.db, ada.signed_in.operator).await.expect("read").expect("there");
        let opened = Vault::from_key(&NEW).open_text(&seed_purpose(ada.signed_in.operator), &row.seed).expect("it opens");
        assert_eq!(opened.expose_secret(), ada.seed.expose_secret());
        assert!(Vault::from_key(&NEW).open_text(&seed_purpose(OperatorId::new()), &row.seed).is_err(), "it is this person's");
        assert_eq!(keys::abandon(&test.console.db, KeyId::of(&NEW), &[], test.now()).await.expect("given up").second_factors_removed, 1);
        assert!(second_factors::get(&test.console.db, ada.signed_in.operator).await.expect("read").is_none());
        assert_eq!(second_factors::count_codes(&test.console.db, ada.signed_in.operator).await.expect("read"), 0, "on {}", test.database);
        let scope = test.with_vault(Vault::from_key(&THIRD)).await.expect("a new key").for_team(test.actor.clone());
        keys::announce_abandoned(scope.console()).await.expect("told before, at the start");
        let told = AuditFilter { act: Some(AuditAct::SecondFactorReset), ..AuditFilter::default() };
        let told = audit::list(&scope, &told, 9, None).await.expect("a log").0;
        let told: Vec<_> = told.into_iter().map(|entry| (entry.thing_id, entry.detail.name)).collect();
        assert_eq!(told, [(Some(ada.signed_in.operator.to_string()), Some("ada@example.org".to_owned()))], "once, on {}", test.database);
    }
}

#[tokio::test]
async fn an_edit_under_the_old_key_meanwhile_is_seen_and_nothing_is_retired() {
    for test in TestConsole::both().await {
        let profile = test.create("Orders").await;
        let behind = test.with_vault(Vault::from_ring(&OLD, &[NEW])).await.expect("both keys");
        let scope = test.with_vault(Vault::from_ring(&NEW, &[OLD])).await.expect("both keys").for_team(test.actor.clone());
        keys::rotate(&scope).await.expect("rotated");
        // A server whose ring holds both goes on sealing under the old one.
        let going_on = behind.for_team(test.actor.clone());
        connections::create(&going_on, connection("Payments")).await.expect("created");
        assert!(refusal(test.with_vault(Vault::from_key(&NEW)).await).contains("not the master key"), "it would not open what is sealed meanwhile");
        let sealing: BTreeSet<_> = keys::list(&scope).await.expect("keys").into_iter().filter(|key| key.sealed > 0).map(|key| key.id).collect();
        assert_eq!(sealing.len(), 2, "on {}", test.database);
        keys::rotate(&scope).await.expect("once more");
        let sealed = profiles::credential(&test.console.db.for_team(test.actor.team), profile.id).await.expect("read").expect("there");
        assert_eq!(KeyId::of_sealed(&sealed.credential.expect("sealed")), Some(KeyId::of(&NEW)));
        assert_eq!(keys::list(&scope).await.expect("keys").iter().filter(|key| key.sealed > 0).count(), 1);
    }
}
