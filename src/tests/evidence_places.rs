//! Where evidence is kept: the same tests on a folder and on an S3-compatible bucket, on both databases.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{
    diagnostic::{RunStatus, Verdict},
    evidence::Evidence,
    ids::{EvidenceId, RunId},
};
use engine::{
    diagnose,
    evidence::{self, EvidenceStore, Key, inspect::inspect, retention, sha256},
};
use probes::egress::Resolver;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    diagnose::{begin, both, connection, run},
    evidence::{faults, packed},
    fault_proxy::{FaultProxy, Flow},
    probe,
    services::services,
    test_console::{TestConsole, refused},
};

enum Place {
    Folder(TempDir),
    /// In the bucket under this prefix, behind a fault proxy.
    Bucket(FaultProxy, String),
}

impl Place {
    async fn both() -> [Self; 2] {
        let service = services().s3.endpoint.trim_start_matches("http://").to_owned();
        [Self::Folder(tempfile::tempdir().expect("a folder")), Self::Bucket(FaultProxy::before(service).await, RunId::new().to_string())]
    }

    fn folder(root: &TempDir) -> PathBuf {
        root.path().join("evidence")
    }

    fn store(&self) -> EvidenceStore {
        match self {
            Self::Folder(root) => EvidenceStore::directory(&Self::folder(root)),
            Self::Bucket(proxy, prefix) => {
                let s3 = &services().s3;
                let variables = [
                    ("AWS_ENDPOINT", format!("http://{}", proxy.address)),
                    ("AWS_REGION", s3.region.clone()),
                    ("AWS_ACCESS_KEY_ID", s3.writer.access_key_id.clone()),
                    ("AWS_SECRET_ACCESS_KEY", s3.writer.secret_access_key.clone()),
                ];
                EvidenceStore::bucket(
                    &format!("s3://{}/{prefix}", s3.bucket),
                    variables.map(|(name, value)| (name.to_owned(), value)),
                    &probe::egress(Resolver::System),
                )
            }
        }
        .expect("a store")
    }

    /// Nothing can be kept there any more, whoever runs this: where the folder was is a file.
    fn goes_away(&self) {
        match self {
            Self::Folder(root) => {
                std::fs::rename(Self::folder(root), root.path().join("away")).expect("moved");
                std::fs::write(Self::folder(root), "").expect("a file");
            }
            Self::Bucket(proxy, _) => proxy.set(Flow::Shut),
        }
    }

    fn comes_back(&self) {
        match self {
            Self::Folder(root) => {
                std::fs::remove_file(Self::folder(root)).expect("removed");
                std::fs::rename(root.path().join("away"), Self::folder(root)).expect("back");
            }
            Self::Bucket(proxy, _) => proxy.set(Flow::Open),
        }
    }
}

/// Each database with each place.
async fn consoles() -> Vec<(TestConsole, Place)> {
    let mut consoles = Vec::new();
    for turn in 0..2 {
        for (mut test, _) in both().await {
            let place = Place::both().await.into_iter().nth(turn).expect("two");
            test.console.evidence = place.store();
            consoles.push((test, place));
        }
    }
    consoles
}

async fn kept(test: &TestConsole, run: RunId) -> Vec<Evidence> {
    evidence::of_run(&test.scope(), run).await.expect("listed")
}

fn key(test: &TestConsole, run: RunId, id: EvidenceId) -> Key {
    Key { team: test.actor.team, run, id }
}

#[tokio::test]
async fn what_is_kept_is_given_back_and_what_was_altered_is_not() {
    for (test, _place) in consoles().await {
        connection(&test, "Good", json!({"host": "a"})).await;
        let run = run(&test).await;
        assert!(inspect(&packed(&test, run.id).await, None).is_intact());
        let kept = kept(&test, run.id).await;
        assert_eq!(kept.len(), 3);
        let (row, bytes) = evidence::read(&test.scope(), kept[0].id).await.expect("read");
        assert_eq!((row.sha256, row.bytes), (sha256(&bytes), i64::try_from(bytes.len()).expect("small")));
        test.console.evidence.put(key(&test, run.id, kept[0].id), b"forged".to_vec()).await.expect("put");
        assert_eq!(refused(evidence::read(&test.scope(), kept[0].id).await), "evidence_unavailable", "altered in the store");
        assert_eq!(refused(evidence::packed(&test.scope(), run.id).await), "evidence_unavailable", "and not packed");
    }
}

#[tokio::test]
async fn a_run_whose_evidence_store_goes_away_says_so_keeps_what_it_has_and_does_not_pass() {
    for (test, place) in consoles().await {
        for index in 0..12 {
            connection(&test, &format!("{index:02}"), json!({"host": format!("{index}"), "milliseconds": 40})).await;
        }
        let begun = begin(&test).await;
        while diagnose::get(&test.scope(), begun.id).await.expect("found").results.len() < 6 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        place.goes_away();
        let ended = diagnose::wait(&test.scope(), begun.id, Duration::from_secs(120)).await.expect("ended");
        assert_eq!((ended.status, ended.verdict), (RunStatus::Failed, Some(Verdict::Block)), "{} {}", test.database, test.console.evidence);
        assert!(ended.evidence_lost.as_deref().unwrap_or_default().contains("could not be kept"), "{:?}", ended.evidence_lost);
        assert_eq!((ended.results.len(), ended.counts.failed), (36, 0), "the results are all there");
        assert!(ended.results.iter().any(|result| !result.evidence_ids.is_empty()));
        assert_eq!(refused(evidence::packed(&test.scope(), ended.id).await), "evidence_unavailable");
        place.comes_back();
        assert!(inspect(&packed(&test, ended.id).await, None).is_intact(), "what it has is packed");
        let again = run(&test).await;
        assert_eq!((again.status, again.evidence_lost), (RunStatus::Passed, None));
    }
}

#[tokio::test]
async fn a_run_can_be_cancelled_while_an_upload_hangs() {
    for (mut test, _) in both().await {
        let [_, place] = Place::both().await;
        let Place::Bucket(proxy, _) = &place else { panic!("the second is a bucket") };
        test.console.evidence = place.store();
        connection(&test, "Good", json!({"host": "a"})).await;
        proxy.set(Flow::HoldsUploads);
        let begun = begin(&test).await;
        tokio::time::timeout(Duration::from_secs(30), proxy.holds()).await.expect("an upload is under way");
        let ended = diagnose::cancel(&test.scope(), begun.id).await.expect("cancelled");
        assert_eq!((ended.status, ended.verdict), (RunStatus::Interrupted, Some(Verdict::Block)), "{}", test.database);
        proxy.set(Flow::Open);
        let again = diagnose::again(&test.scope(), begun.id).await.expect("begun");
        let again = diagnose::wait(&test.scope(), again.id, Duration::from_secs(60)).await.expect("ended");
        assert_eq!(again.status, RunStatus::Passed);
        assert_eq!(diagnose::get(&test.scope(), begun.id).await.expect("found"), ended, "what was cancelled stays as it was");
    }
}

#[tokio::test]
async fn evidence_past_its_retention_and_what_a_crash_left_are_removed() {
    for (test, place) in consoles().await {
        let store = &test.console.evidence;
        connection(&test, "Good", json!({"host": "a"})).await;
        let old = run(&test).await;
        let of_old = kept(&test, old.id).await;
        test.advance(test.console.evidence_retention + Duration::from_secs(1));
        let new = run(&test).await;
        let orphan = key(&test, new.id, EvidenceId::new());
        store.put(orphan, b"uploaded, and the process was killed".to_vec()).await.expect("put");
        let of_another_console = key(&test, RunId::new(), EvidenceId::new());
        store.put(of_another_console, b"of a run that this database does not know".to_vec()).await.expect("put");
        let half = half_written(&place, orphan);
        assert_eq!(retention::sweep(&test.console).await.expect("swept"), 0, "these may be about to get their rows");
        assert_eq!(retention::sweep_older_than(&test.console, Duration::ZERO).await.expect("swept"), 1 + half);
        assert!(store.get(orphan).await.is_err());
        assert!(store.get(of_another_console).await.is_ok(), "whose database this is a copy of");
        assert_eq!(retention::prune(&test.console).await.expect("pruned"), 3);
        for row in of_old {
            assert!(store.get(key(&test, old.id, row.id)).await.is_err(), "{}", test.database);
        }
        let seen = diagnose::get(&test.scope(), old.id).await.expect("kept");
        assert!(seen.verdict == Some(Verdict::Pass) && seen.results.iter().all(|result| result.evidence_ids.is_empty()));
        assert_eq!(refused(evidence::packed(&test.scope(), old.id).await), "evidence_not_found");
        let pack = inspect(&packed(&test, new.id).await, None);
        assert!(pack.is_intact() && pack.previous.is_some(), "the chain stays: {}", faults(&pack));
    }
}

/// What is left in a folder when the process is killed while it writes there; a bucket shows nothing before it has all.
fn half_written(place: &Place, key: Key) -> usize {
    let Place::Folder(root) = place else { return 0 };
    let of_run: &Path = &Place::folder(root).join(key.team.to_string()).join(key.run.to_string());
    std::fs::write(of_run.join(format!("{}#1", key.id)), "half").expect("written");
    1
}
