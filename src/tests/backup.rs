//! A backup that is made while the console is being used, and what is restored from it.

use std::{fs, path::Path, time::Duration};

use domain::{
    audit::{AuditAct, AuditFilter},
    delivery::{DeliveryFilter, DeliveryStatus},
};
use engine::{
    OpsError, audit,
    backup::{self, Backup, Target},
    escalation,
    evidence::{EvidenceStore, Key},
    notify::deliveries,
    vault::Vault,
};
use secrecy::ExposeSecret;
use store::snapshot::Rows;
use tempfile::TempDir;

use crate::{
    active_connections::FIRST,
    diagnose, invariants,
    permissions::seeded::{Seeded, seed},
    test_console::{TestConsole, connection},
};

const KEY: [u8; 32] = [7; 32];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Gone with a restore, or written by it.
const OF_ITS_OWN: [&str; 8] = ["restores", "sessions", "setup_links", "idempotency_keys", "heartbeat_nodes", "audit_entries", "audit_heads", "write_checks"];

/// A console with something of everything on each database, evidence in a folder, and room for backups.
async fn consoles() -> Vec<(TestConsole, Seeded, TempDir)> {
    let mut consoles = Vec::new();
    for (mut test, patient) in diagnose::both().await {
        let folder = tempfile::tempdir().expect("a temporary folder");
        test.console.evidence = EvidenceStore::directory(&folder.path().join("evidence")).expect("a folder");
        let seeded = seed(&mut test, patient).await;
        consoles.push((test, seeded, folder));
    }
    consoles
}

async fn make(test: &TestConsole, file: &Path) -> Backup {
    backup::make(&test.scope(), file, &[]).await.expect("a backup")
}

fn target(url: &str, folder: &Path) -> Target {
    Target {
        database_url: url.to_owned().into(),
        migration_database_url: None,
        evidence: EvidenceStore::directory(&folder.join("restored")).expect("a folder"),
    }
}

async fn restore(file: &Path, vault: &Vault, target: &Target) -> Result<Backup, OpsError> {
    backup::restore(file, vault, None, target).await
}

/// A console on what was restored from `file` into an empty database.
async fn restored(test: &TestConsole, file: &Path, folder: &Path) -> TestConsole {
    let empty = test.empty().await;
    let target = target(&empty.0, folder);
    restore(file, &Vault::from_key(&KEY), &target).await.expect("restored");
    let mut restored = test.moved_to(empty).await;
    restored.console.evidence = target.evidence;
    restored
}

fn said<T>(result: Result<T, OpsError>) -> String {
    match result {
        Err(OpsError::Settings(said)) => said,
        Err(other) => other.to_string(),
        Ok(_) => panic!("it was done"),
    }
}

fn without_its_own(mut rows: Rows) -> Rows {
    rows.retain(|table, _| !OF_ITS_OWN.contains(&table.as_str()));
    rows
}

#[tokio::test]
async fn what_is_restored_is_all_there_was_and_goes_on() {
    for (test, seeded, folder) in consoles().await {
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        let made = make(&test, &first).await;
        assert!(made.contents.evidence_files > 0 && made.total_rows() > 50, "{made:?}");
        assert_eq!(backup::check(&first, &Vault::from_key(&KEY), None).await.expect("whole"), made);

        let restored = restored(&test, &first, folder.path()).await;
        for _ in 0..2 {
            backup::announce_restored(&restored.scope()).await.expect("told");
        }
        let told = AuditFilter { act: Some(AuditAct::BackupRestored), ..AuditFilter::default() };
        assert_eq!(audit::list(&restored.scope(), &told, 9, None).await.expect("read").0.len(), 1, "once");
        let again = make(&restored, &second).await;
        assert_eq!(without_its_own(again.contents.rows.clone()), without_its_own(made.contents.rows.clone()), "on {}", test.database);
        assert_eq!(again.contents.evidence_files, made.contents.evidence_files);
        assert_eq!(again.contents.rows["sessions"], 0);

        invariants::check(&restored.console, "a restore").await;
        let log = audit::verify(&restored.scope(), None).await.expect("verified");
        assert!(log.fault.is_none(), "{log:?}");
        let artefact = Key { team: test.actor.team, run: seeded.run.id, id: seeded.evidence };
        assert_eq!(restored.console.evidence.get(artefact).await.expect("there"), test.console.evidence.get(artefact).await.expect("there"));
        // Its credential opens, and what is new gets numbers of its own.
        restored.obedient.pass(true);
        assert_eq!(restored.verify(&seeded.watched).await.outcome.to_string(), "passed");
        restored.active_connection("New since then", 60).await;
    }
}

#[tokio::test]
async fn a_restored_console_tells_nobody_of_the_time_between() {
    for (test, seeded, folder) in consoles().await {
        test.obedient.pass(true);
        for _ in 0..3 {
            test.pass_time(FIRST).await;
        }
        make(&test, &folder.path().join("backup")).await;
        let restored = restored(&test, &folder.path().join("backup"), folder.path()).await;
        let (told, status) = (restored.notified().await, restored.status(&seeded.watched).await);
        restored.advance(DAY);
        restored.pass_time(FIRST).await;
        assert_eq!((restored.notified().await, restored.status(&seeded.watched).await), (told, status), "on {}", test.database);
        invariants::check(&restored.console, "a day between").await;
    }
}

#[tokio::test]
async fn what_waited_to_be_sent_is_sent_by_a_restored_console_only_if_somebody_asks() {
    for (test, _, folder) in consoles().await {
        test.broken("Payments").await;
        let file = folder.path().join("backup");
        make(&test, &file).await;
        let waiting = DeliveryFilter { status: Some(DeliveryStatus::Waiting), ..DeliveryFilter::default() };
        let (waited, _) = deliveries::list(&test.scope(), waiting, 200, None).await.expect("deliveries");
        assert!(!waited.is_empty(), "on {}", test.database);
        let restored = restored(&test, &file, folder.path()).await;
        assert_eq!(deliveries::list(&restored.scope(), waiting, 200, None).await.expect("deliveries").0, [], "on {}", test.database);
        for one in waited {
            let resent = deliveries::resend(&restored.scope(), one.id).await.expect("it may be sent again");
            assert!(resent.last_error.is_some_and(|said| said.starts_with("Restored from a backup")), "on {}", test.database);
        }
    }
}

#[tokio::test]
async fn an_escalation_goes_on_in_a_restored_console_from_where_it_stood() {
    for (test, _, folder) in consoles().await {
        test.broken("Payments").await;
        escalation::run(&test.console).await.expect("told");
        let file = folder.path().join("backup");
        make(&test, &file).await;
        let restored = restored(&test, &file, folder.path()).await;
        let waiting = async || {
            escalation::run(&restored.console).await.expect("told");
            let filter = DeliveryFilter { status: Some(DeliveryStatus::Waiting), ..DeliveryFilter::default() };
            deliveries::list(&restored.scope(), filter, 200, None).await.expect("deliveries").0.len()
        };
        restored.advance(DAY);
        backup::announce_restored(&restored.scope()).await.expect("told");
        assert_eq!(waiting().await, 0, "{}: a day went by without a console", test.database);
        restored.advance(Duration::from_secs(60 * 60));
        assert!(waiting().await > 0, "{}: nobody has acknowledged it", test.database);
    }
}

#[tokio::test]
async fn a_backup_sees_one_moment_while_others_write() {
    for test in TestConsole::both().await {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("backup");
        for number in 0..20 {
            test.create(&format!("Before {number}")).await;
        }
        let writing = async {
            for number in 0..30 {
                test.create(&format!("Meanwhile {number}")).await;
            }
        };
        let (made, ()) = tokio::join!(make(&test, &file), writing);
        let restored = restored(&test, &file, folder.path()).await;
        let rows = &made.contents.rows;
        // A connection and its line in the log are of one unit of work.
        assert!(rows["service_connection_profiles"] >= 20);
        assert_eq!(rows["audit_entries"], rows["service_connection_profiles"] + 1, "on {}", test.database);
        assert!(audit::verify(&restored.scope(), None).await.expect("verified").fault.is_none());
    }
}

#[tokio::test]
async fn an_altered_or_shortened_backup_is_refused_and_leaves_the_database_empty() {
    for test in TestConsole::both().await {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (file, bad) = (folder.path().join("backup"), folder.path().join("bad"));
        test.create("Orders").await;
        make(&test, &file).await;
        let bytes = fs::read(&file).expect("read");
        let empty = test.empty().await;
        let target = target(&empty.0, folder.path());
        let vault = Vault::from_key(&KEY);
        for at in (0..bytes.len()).step_by(bytes.len() / 12) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            for wrong in [altered.as_slice(), &bytes[..at]] {
                fs::write(&bad, wrong).expect("written");
                let refused = said(restore(&bad, &vault, &target).await);
                assert!(refused.contains("cannot be restored"), "{refused} at {at} on {}", test.database);
            }
        }
        restore(&file, &vault, &target).await.expect("the database was left empty");
        let refused = said(restore(&file, &vault, &target).await);
        assert!(refused.contains("there is a database already") || refused.contains("not empty"), "{refused}");
        assert_eq!(test.moved_to(empty).await.create("Mail").await.version, 1);
    }
}

#[tokio::test]
async fn what_sqlite_keeps_beside_a_database_is_not_taken_for_the_restored_one() {
    let test = TestConsole::sqlite().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("backup");
    make(&test, &file).await;
    let (url, empty) = test.empty().await;
    let database = empty.as_ref().expect("a folder").path().join("switchboard.db");
    for suffix in ["-wal", "-shm", "-journal"] {
        let left = database.with_file_name(format!("switchboard.db{suffix}"));
        fs::write(&left, "of a server that was killed").expect("written");
        let refused = said(restore(&file, &Vault::from_key(&KEY), &target(&url, folder.path())).await);
        assert!(refused.contains(suffix), "{refused}");
        fs::remove_file(left).expect("moved away");
    }
    restore(&file, &Vault::from_key(&KEY), &target(&url, folder.path())).await.expect("restored");
}

#[tokio::test]
async fn a_copy_that_a_killed_backup_left_goes_with_the_next_start() {
    let test = TestConsole::sqlite().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    make(&test, &folder.path().join("backup")).await;
    let (url, empty) = test.empty().await;
    restore(&folder.path().join("backup"), &Vault::from_key(&KEY), &target(&url, folder.path())).await.expect("restored");
    let left = empty.as_ref().expect("a folder").path().join("switchboard.db.copy-123456");
    fs::write(&left, "everything").expect("written");
    test.moved_to((url, empty)).await;
    assert!(!left.exists());
}

#[tokio::test]
async fn a_server_that_owns_nothing_makes_a_backup_and_the_owner_restores_it() {
    let owned = TestConsole::postgres_of_an_owner().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("backup");
    owned.test.create("Orders").await;
    let made = make(&owned.test, &file).await;
    let other = TestConsole::postgres_of_an_owner().await;
    let to = |owner: &str| Target { migration_database_url: Some(owner.to_owned().into()), ..target(&other.server_url, folder.path()) };
    let refused = said(restore(&file, &Vault::from_key(&KEY), &to(&other.owner_url)).await);
    assert!(refused.contains("not empty"), "{refused}");
    let (url, empty) = owned.test.empty().await;
    restore(&file, &Vault::from_key(&KEY), &to(&url)).await.expect("restored");
    let restored = owned.test.moved_to((url, empty)).await;
    assert_eq!(
        make(&restored, &folder.path().join("again")).await.contents.rows["service_connection_profiles"],
        made.contents.rows["service_connection_profiles"]
    );
}

#[tokio::test]
async fn a_backup_opens_with_its_master_key_or_the_key_of_whom_it_was_made_for() {
    let test = TestConsole::sqlite().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, identity) = (folder.path().join("backup"), folder.path().join("identity"));
    let key = age::x25519::Identity::generate();
    fs::write(&identity, key.to_string().expose_secret()).expect("written");
    backup::make(&test.scope(), &file, &[key.to_public().to_string()]).await.expect("a backup");
    let (own, other) = (Vault::from_key(&KEY), Vault::from_key(&[8; 32]));
    assert!(said(backup::check(&file, &other, None).await).contains("another master key"));
    backup::check(&file, &own, None).await.expect("its own key");
    backup::check(&file, &Vault::from_ring(&[8; 32], &[KEY]), None).await.expect("a key of the ring");
    backup::check(&file, &other, Some(&identity)).await.expect("the key of whom it was made for");

    assert!(said(backup::make(&test.scope(), &folder.path().join("other"), &["age1nonsense".into()]).await).contains("no public key"));
    assert!(said(backup::make(&test.scope(), &file, &[]).await).contains("is there already"));
    assert!(said(backup::make(&test.scope(), &folder.path().join("absent/backup"), &[]).await).contains("cannot be written"));
    fs::write(&identity, "hello").expect("written");
    assert!(said(backup::check(&file, &other, Some(&identity)).await).contains("cannot be read as keys"));
    assert!(said(backup::check(&identity, &own, None).await).contains("no backup of Switchboard"));
    assert!(said(backup::check(&folder.path().join("absent"), &own, None).await).contains("cannot be restored"));
}

#[tokio::test]
async fn nothing_that_is_secret_can_be_read_in_a_backup() {
    let test = TestConsole::sqlite().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("backup");
    test.create("A name that nobody reads").await;
    make(&test, &file).await;
    let bytes = fs::read(&file).expect("read");
    assert!(memchr::memmem::find(&bytes, b"nobody reads").is_none());
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["backup"]);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_restore_that_is_given_up_anywhere_leaves_nothing_and_can_be_repeated() {
    for test in TestConsole::both().await {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("backup");
        for number in 0..10 {
            configure(&test, number).await;
        }
        make(&test, &file).await;
        let empty = test.empty().await;
        let target = target(&empty.0, folder.path());
        let vault = Vault::from_key(&KEY);
        let mut whole = false;
        for milliseconds in 0..40 {
            match tokio::time::timeout(Duration::from_millis(milliseconds * 5), restore(&file, &vault, &target)).await {
                Err(_given_up) => {}
                Ok(Ok(_)) => {
                    whole = true;
                    break;
                }
                Ok(Err(error)) => panic!("{error} after {milliseconds} on {}", test.database),
            }
        }
        if !whole {
            restore(&file, &vault, &target).await.expect("restored");
        }
        let restored = test.moved_to(empty).await;
        assert!(audit::verify(&restored.scope(), None).await.expect("verified").fault.is_none());
        assert_eq!(make(&restored, &folder.path().join("again")).await.contents.rows["service_connection_profiles"], 10);
    }
}

async fn configure(test: &TestConsole, number: usize) {
    engine::connections::create(&test.scope(), connection(&format!("Connection {number}"))).await.expect("created");
}
