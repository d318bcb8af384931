//! kill -9 in the middle of runs and of uploads: they end as interrupted, nothing is left over, and running again works.
//!
//! `script/chaos/kill-runs` does it hundreds of times.

use std::{
    collections::BTreeSet,
    env,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use domain::{
    diagnostic::{DiagnosticTestRun, RunStatus, Verdict},
    ids::RunId,
};
use engine::{
    diagnose,
    evidence::{self, EvidenceStore, inspect::inspect, retention},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    fault_proxy::{FaultProxy, Flow},
    process::{Server, run, text},
    second_process::{SecondProcess, open_port},
    services::services,
    test_server::client,
};

/// How often the server is killed, unless a drill asks for more.
const KILLS: usize = 8;
const RUNS: &str = "/api/diagnostics/runs";

/// When the server is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Once that many scenarios have ended.
    Results(usize),
    After(Duration),
}

/// First at every fourth step, then wherever chance says.
fn moments(kills: usize, planned: usize) -> Vec<Moment> {
    let seed = 20_260_301;
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let by_chance = std::iter::repeat_with(|| Moment::After(Duration::from_micros(chance.random_range(0..700_000))));
    (0..planned).step_by(4).map(Moment::Results).take(kills / 2 + 1).chain(by_chance).take(kills).collect()
}

/// A web server that takes its time.
fn slow_service() -> String {
    let (listener, port) = open_port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4_096]);
                std::thread::sleep(Duration::from_millis(15));
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
            });
        }
    });
    format!("http://127.0.0.1:{port}/")
}

struct KillTest {
    folder: TempDir,
    second: SecondProcess,
    token: String,
    variables: Vec<(String, String)>,
}

impl KillTest {
    async fn new(variables: Vec<(String, String)>) -> Self {
        let folder = TempDir::new().expect("folder");
        let second = SecondProcess::open(folder.path()).await;
        let url = slow_service();
        for name in ["One", "Two", "Three"] {
            second.connect(name, "http", "development", json!({ "url": url })).await;
        }
        let token = run(folder.path(), &["tokens", "create", "ci", "--role", "operator"], &[], "");
        Self { second, token: text(&token.stdout).trim().to_owned(), folder, variables }
    }

    fn serve(&self) -> Server {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Server::start(self.folder.path(), &variables)
    }

    async fn post(&self, server: &Server, path: &str, body: &Value) -> RunId {
        let answer = client().post(format!("{}{path}", server.base)).bearer_auth(&self.token).json(body).send().await.expect("answer");
        assert_eq!(answer.status(), 202);
        answer.json::<DiagnosticTestRun>().await.expect("a run").id
    }

    async fn run(&self, id: RunId) -> DiagnosticTestRun {
        diagnose::get(&self.second.scope(), id).await.expect("found")
    }

    async fn ended(&self, id: RunId) -> DiagnosticTestRun {
        let ended = diagnose::wait(&self.second.scope(), id, Duration::from_secs(60)).await.expect("found");
        assert!(ended.status.is_finished(), "{} is still {}", id, ended.status);
        ended
    }

    /// What was killed does not look passed, its pack is whole, and no pack is missing from the chain.
    async fn judge(&self, killed: &[RunId]) -> usize {
        let mut interrupted = 0;
        let (mut before, mut own) = (BTreeSet::new(), BTreeSet::new());
        for id in killed {
            let run = self.ended(*id).await;
            match (run.status, run.verdict) {
                (RunStatus::Interrupted, Some(Verdict::Block)) => interrupted += 1,
                // It was faster than the kill.
                (RunStatus::Passed, Some(Verdict::Pass)) => assert_eq!(i64::try_from(run.results.len()), Ok(run.planned)),
                other => panic!("{other:?}: {:?} {:?}", run.note, run.evidence_lost),
            }
            let found = inspect(&evidence::packed(&self.second.scope(), *id).await.expect("packed"), None);
            assert!(found.is_intact(), "{:?}", found.faults);
            before.insert(found.previous);
            own.insert(found.manifest_sha256);
        }
        assert_eq!((before.len(), own.len()), (killed.len(), killed.len()), "every manifest has its own place in the chain");
        assert!(before.remove(&None), "one is the first");
        assert!(before.is_subset(&own), "every other names one before it");
        interrupted
    }

    async fn kept(&self, runs: &[RunId]) -> usize {
        let mut kept = 0;
        for id in runs {
            kept += evidence::of_run(&self.second.scope(), *id).await.expect("listed").len();
        }
        kept
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_at_any_step_leaves_no_run_that_looks_passed_and_no_file_of_nobody() {
    let kills = env::var("SWITCHBOARD_CHAOS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let test = KillTest::new(Vec::new()).await;
    let mut killed = Vec::new();
    for moment in moments(kills, 36) {
        let mut server = test.serve();
        let id = test.post(&server, RUNS, &json!({"environment": "development"})).await;
        match moment {
            Moment::After(time) => tokio::time::sleep(time).await,
            Moment::Results(wanted) => {
                let begun = Instant::now();
                while test.run(id).await.results.len() < wanted {
                    assert!(begun.elapsed() < Duration::from_secs(30), "it does not get to {wanted} results");
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        }
        server.child.kill().expect("killed");
        server.child.wait().expect("gone");
        killed.push(id);
    }
    let server = test.serve();
    let restarted = Instant::now();
    let interrupted = test.judge(&killed).await;
    println!("{kills} kills, {interrupted} runs interrupted, the last {:.1} s after the restart", restarted.elapsed().as_secs_f64());
    assert!(interrupted > kills / 2, "only {interrupted} of {kills} kills met a run");

    let again = test.post(&server, &format!("{RUNS}/{}/again", killed[0]), &Value::Null).await;
    assert_eq!(test.ended(again).await.verdict, Some(Verdict::Pass));
    drop(server);
    killed.push(again);
    let removed = retention::sweep_older_than(&test.second.console, Duration::ZERO).await.expect("swept");
    let kept = test.kept(&killed).await;
    println!("{removed} files without a row were swept, {kept} are kept");
    assert_eq!(files(&test.folder.path().join("data/evidence")).len(), kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_in_the_middle_of_an_upload_leaves_nothing_either() {
    let s3 = &services().s3;
    let proxy = FaultProxy::before(s3.endpoint.trim_start_matches("http://").to_owned()).await;
    let bucket = format!("s3://{}/{}", s3.bucket, RunId::new());
    let variables = |endpoint: String| {
        let aws = [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_REGION", &s3.region),
            ("AWS_ACCESS_KEY_ID", &s3.writer.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &s3.writer.secret_access_key),
        ];
        aws.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let through_the_proxy = variables(format!("http://{}", proxy.address));
    let mut test = KillTest::new([("DIAGNOSTICS_BUCKET".to_owned(), bucket.clone())].into_iter().chain(through_the_proxy).collect()).await;
    test.second.console.evidence = EvidenceStore::bucket(&bucket, variables(s3.endpoint.clone()), &test.second.console.egress).expect("a bucket");
    let mut killed = Vec::new();
    for flow in [Flow::HoldsUploads, Flow::HoldsAnswers] {
        proxy.set(flow);
        let mut server = test.serve();
        killed.push(test.post(&server, RUNS, &json!({"environment": "development"})).await);
        tokio::time::timeout(Duration::from_secs(30), proxy.holds()).await.expect("an upload is under way");
        server.child.kill().expect("killed");
        server.child.wait().expect("gone");
    }
    proxy.set(Flow::Open);
    let server = test.serve();
    assert_eq!(test.judge(&killed).await, 2);
    let again = test.post(&server, &format!("{RUNS}/{}/again", killed[1]), &Value::Null).await;
    assert_eq!(test.ended(again).await.verdict, Some(Verdict::Pass));
    drop(server);
    let removed = retention::sweep_older_than(&test.second.console, Duration::ZERO).await.expect("swept");
    assert!(removed > 0, "the upload whose answer was held had arrived");
    assert_eq!(retention::sweep_older_than(&test.second.console, Duration::ZERO).await.expect("swept"), 0);
    for row in evidence::of_run(&test.second.scope(), again).await.expect("listed") {
        evidence::read(&test.second.scope(), row.id).await.expect("what has its row has its bytes");
    }
}
