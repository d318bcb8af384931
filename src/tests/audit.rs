//! The audit log: what is done to it behind the console's back is found.

use std::{collections::BTreeSet, time::Duration};

use domain::audit::{AuditAct, AuditFilter, Subject};
use engine::{
    OpsError, Scope,
    audit::{self, AuditRecord, Verified},
    audit_chain::ChainFault,
    keys,
    vault::Vault,
};
use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use store::db::Pool;

use crate::test_console::TestConsole;

/// Entries of the log that is tampered with.
const ENTRIES: i64 = 30;

async fn write(scope: &Scope, act: AuditAct, subject: Subject) -> Result<(), OpsError> {
    let console = scope.console();
    let mut tx = console.db.for_team(scope.actor().team).begin().await?;
    let correlation_id = domain::correlation_id::CorrelationId::mint();
    let actor = scope.actor();
    let act =
        AuditRecord { team: actor.team, actor: &actor.name, actor_id: None, act, subject, from: Some([192, 0, 2, 1].into()), correlation_id: &correlation_id };
    audit::append(console, &mut tx, act).await?;
    Ok(tx.commit().await?)
}

/// A log of [`ENTRIES`] different entries, later than the team.
async fn written(test: &TestConsole) {
    for number in 0..ENTRIES {
        test.advance(Duration::from_secs(1));
        let act = if number % 2 == 0 { AuditAct::ConnectionEdited } else { AuditAct::ErrorRead };
        write(&test.scope(), act, Subject { id: Some(format!("thing {number}")), ..Subject::default() }.version(number)).await.expect("written");
    }
}

async fn verified(test: &TestConsole) -> Verified {
    audit::verify(&test.scope(), None).await.expect("read")
}

/// Whoever owns the database can take its triggers away.
async fn without_triggers(test: &TestConsole) {
    let statements = match &test.console.db.writer {
        Pool::Sqlite(_) => {
            "drop trigger audit_entries_stay; drop trigger audit_entries_are_kept; drop trigger audit_entries_are_not_replaced; drop trigger audit_heads_stay;"
        }
        Pool::Postgres(_) => "alter table audit_entries disable trigger user; alter table audit_heads disable trigger user;",
    };
    test.sql(statements).await.expect("taken away");
}

#[tokio::test]
async fn entries_are_added_and_never_changed() {
    for test in TestConsole::both().await {
        written(&test).await;
        for change in
            ["update audit_entries set actor = 'nobody' where sequence = 3", "delete from audit_entries where sequence = 3", "delete from audit_heads"]
        {
            let refused = test.sql(change).await.expect_err(change).to_string();
            assert!(refused.contains("append-only"), "{change} on {}: {refused}", test.database);
        }
        if test.console.db.is_embedded() {
            let refused = test.sql("insert or replace into audit_entries select * from audit_entries where sequence = 3").await.expect_err("replaced");
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
        let found = verified(&test).await;
        assert_eq!((found.entries, found.fault), (ENTRIES, None), "on {}", test.database);
    }
}

#[tokio::test]
async fn nodes_that_write_at_once_make_one_chain() {
    for test in TestConsole::both().await {
        let other = test.another(test.console.scheduler.limits).await;
        let scopes = [test.scope(), other.for_team(test.actor.clone())];
        let writers = (0..40).map(|number| audit::export(&scopes[number % 2]));
        assert!(join_all(writers).await.iter().all(Result::is_ok), "on {}", test.database);
        let found = verified(&test).await;
        assert_eq!((found.entries, found.fault), (40, None), "on {}", test.database);
    }
}

#[tokio::test]
async fn an_entry_is_not_there_without_its_act() {
    for test in TestConsole::both().await {
        written(&test).await;
        let mut tx = test.console.db.for_team(test.actor.team).begin().await.expect("begun");
        let (scope, correlation_id) = (test.scope(), domain::correlation_id::CorrelationId::mint());
        let act = AuditRecord {
            team: test.actor.team,
            actor: "someone",
            actor_id: None,
            act: AuditAct::SignedIn,
            subject: Subject::default(),
            from: None,
            correlation_id: &correlation_id,
        };
        audit::append(scope.console(), &mut tx, act).await.expect("written");
        drop(tx);
        write(&scope, AuditAct::SignedOut, Subject::default()).await.expect("written");
        let found = verified(&test).await;
        assert_eq!((found.entries, found.fault), (ENTRIES + 1, None), "on {}", test.database);
    }
}

/// What is done to the log, in SQL, and whether `found` is what should be found.
fn tampering(rng: &mut StdRng) -> (String, fn(&ChainFault) -> bool) {
    let (one, other) = (rng.random_range(2..ENTRIES), rng.random_range(1..=ENTRIES));
    let other = if other == one { one - 1 } else { other };
    let set = |change: &str| format!("update audit_entries set {change} where sequence = {one};");
    let copy = |columns: &str| format!("(select {columns} from audit_copy where sequence = {other})");
    let is_edit: fn(&ChainFault) -> bool = |found| matches!(found, ChainFault::Altered { .. });
    match rng.random_range(0..20) {
        0 => (set("actor = actor || 'x'"), is_edit),
        1 => (set("act = 'signed_out'"), is_edit),
        2 => (set("thing = 'keys'"), is_edit),
        3 => (set("thing_id = null"), is_edit),
        4 => (set("client = 'command line'"), is_edit),
        5 => (set("correlation_id = 'another'"), is_edit),
        6 => (set("detail = '{\"version\":-1}'"), is_edit),
        7 => (set("at = (select created_at from teams)"), is_edit),
        8 => (set("actor_id = team_id"), is_edit),
        9 => (set(&format!("mac = {}", copy("mac"))), is_edit),
        10 => (set("previous = null"), is_edit),
        11 => (set("key_id = '00000000'"), |found| matches!(found, ChainFault::UnknownKey { .. })),
        12 => (format!("delete from audit_entries where sequence = {one};"), |found| matches!(found, ChainFault::Missing { .. })),
        13 => (
            format!(
                "delete from audit_entries where sequence = {one}; update audit_entries set sequence = -sequence where sequence > {one};
                update audit_entries set sequence = -sequence - 1 where sequence < 0; update audit_heads set sequence = sequence - 1;"
            ),
            |found| matches!(found, ChainFault::Moved { .. }),
        ),
        14 => (
            format!(
                "update audit_entries set sequence = -1 where sequence = {one}; update audit_entries set sequence = {one} where sequence = {other};
                update audit_entries set sequence = {other} where sequence = -1;"
            ),
            |found| matches!(found, ChainFault::Moved { .. }),
        ),
        15 => (format!("delete from audit_entries where sequence > {one};"), |found| matches!(found, ChainFault::Truncated { .. })),
        16 => (
            format!(
                "delete from audit_entries where sequence > {one};
                update audit_heads set sequence = {one}, mac = (select mac from audit_copy where sequence = {one});"
            ),
            |found| matches!(found, ChainFault::HeadAltered { .. }),
        ),
        17 => ("delete from audit_heads;".into(), |found| matches!(found, ChainFault::HeadMissing { .. })),
        18 => (format!("update audit_heads set sequence = {};", ENTRIES + 1), |found| matches!(found, ChainFault::HeadAltered { .. })),
        _ => (
            format!(
                "update audit_copy set sequence = {} where sequence = {one}; insert into audit_entries select * from audit_copy where sequence = {};
                update audit_copy set sequence = {one} where sequence = {};",
                ENTRIES + 1,
                ENTRIES + 1,
                ENTRIES + 1
            ),
            |found| matches!(found, ChainFault::Moved { .. }),
        ),
    }
}

#[tokio::test]
async fn a_thousand_tamperings_are_all_found() {
    const RESTORE: &str = "delete from audit_entries; insert into audit_entries select * from audit_copy;
        delete from audit_heads; insert into audit_heads select * from head_copy;";
    for (test, rounds) in TestConsole::both().await.into_iter().zip([1_000, 200]) {
        written(&test).await;
        without_triggers(&test).await;
        test.sql("create table audit_copy as select * from audit_entries; create table head_copy as select * from audit_heads;").await.expect("copied");
        let mut kinds = BTreeSet::new();
        for seed in 0..rounds {
            let (statements, is_expected) = tampering(&mut StdRng::seed_from_u64(seed));
            test.sql(&statements).await.unwrap_or_else(|error| panic!("seed {seed} on {}: {statements}: {error}", test.database));
            let fault = verified(&test).await.fault.unwrap_or_else(|| panic!("seed {seed} on {} was not found: {statements}", test.database));
            assert!(is_expected(&fault), "seed {seed} on {}: {statements}: {fault}", test.database);
            kinds.insert(fault.to_string().split_whitespace().filter(|word| word.parse::<i64>().is_err()).collect::<String>());
            test.sql(RESTORE).await.expect("restored");
        }
        assert!(kinds.len() >= 7, "{kinds:?}");
        assert_eq!(verified(&test).await.fault, None, "on {}", test.database);
    }
}

#[tokio::test]
async fn what_is_written_after_a_log_was_cut_short_does_not_hide_it() {
    for test in TestConsole::both().await {
        written(&test).await;
        without_triggers(&test).await;
        test.sql(
            "delete from audit_entries where sequence > 20; update audit_heads set sequence = 20, mac = (select mac from audit_entries where sequence = 20)",
        )
        .await
        .expect("cut short");
        for _ in 0..3 {
            write(&test.scope(), AuditAct::SignedIn, Subject::default()).await.expect("written");
        }
        assert_eq!(verified(&test).await.fault, Some(ChainFault::Unlinked { sequence: 21 }), "on {}", test.database);
    }
}

#[tokio::test]
async fn a_log_that_was_made_anew_lacks_the_head_that_was_told() {
    for test in TestConsole::both().await {
        written(&test).await;
        let told = verified(&test).await.head.expect("a head");
        without_triggers(&test).await;
        write(&test.scope(), AuditAct::SignedIn, Subject::default()).await.expect("written");
        let pinned = async || audit::verify(&test.scope(), Some(&told.to_uppercase())).await.expect("read").fault;
        assert_eq!(pinned().await, None, "it has gone on");
        test.sql("delete from audit_entries; delete from audit_heads").await.expect("removed");
        written(&test).await;
        assert_eq!(verified(&test).await.fault, None, "it looks well by itself");
        assert!(matches!(pinned().await, Some(ChainFault::PinMissing { .. })), "on {}", test.database);
    }
}

#[tokio::test]
async fn entries_of_a_retired_key_can_still_be_verified() {
    for test in TestConsole::both().await {
        written(&test).await;
        let between = test.with_vault(Vault::from_ring(&[8; 32], &[[7; 32]])).await.expect("both keys");
        keys::rotate(&between.for_team(test.actor.clone())).await.expect("rotated");
        let after = test.with_vault(Vault::from_key(&[8; 32])).await.expect("the new key alone");
        let scope = after.for_team(test.actor.clone());
        write(&scope, AuditAct::SignedIn, Subject::default()).await.expect("written");
        let found = audit::verify(&scope, None).await.expect("read");
        assert_eq!((found.entries, found.fault), (ENTRIES + 2, None), "on {}", test.database);
    }
}

#[tokio::test]
async fn the_log_is_read_page_by_page_and_narrowed() {
    for test in TestConsole::both().await {
        written(&test).await;
        let scope = test.scope();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let (entries, next) = audit::list(&scope, &AuditFilter::default(), 7, cursor.as_deref()).await.expect("read");
            seen.extend(entries.into_iter().map(|entry| entry.sequence));
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=ENTRIES).rev().collect::<Vec<_>>(), "on {}", test.database);
        let count = async |filter: AuditFilter| audit::list(&scope, &filter, 100, None).await.expect("read").0.len();
        let half = usize::try_from(ENTRIES / 2).expect("a count");
        assert_eq!(count(AuditFilter { act: Some(AuditAct::ErrorRead), ..AuditFilter::default() }).await, half);
        assert_eq!(count(AuditFilter { thing: Some("connection".into()), ..AuditFilter::default() }).await, half);
        assert_eq!(count(AuditFilter { thing: Some("thing 4".into()), ..AuditFilter::default() }).await, 1);
        assert_eq!(count(AuditFilter { actor: Some("nobody".into()), ..AuditFilter::default() }).await, 0);
        assert_eq!(count(AuditFilter { from: Some(test.now()), ..AuditFilter::default() }).await, 1);
        assert_eq!(count(AuditFilter { to: Some(test.now()), ..AuditFilter::default() }).await, usize::try_from(ENTRIES - 1).expect("a count"));
    }
}
