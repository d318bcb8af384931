//! The gate as a pipeline sees it: the real program, its exit codes, its words, and a server that is killed.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use switchboard::{
    domain::diagnostic::{DiagnosticTestRun, RunFilter, RunStatus, Verdict},
    engine::{
        Actor, Console, ConsoleSettings, access, configure, diagnose,
        egress::{Egress, EgressPolicy, Resolver},
        evidence::{self, EvidenceStore},
        vault::Vault,
    },
};

/// How often the server is killed in the middle of a run.
const KILLS: u32 = 3;

fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.env_clear().env("SWITCHBOARD_DATA_DIR", data).stdin(Stdio::null());
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    program(data).args(["diagnostics", "run"]).args(arguments).output().expect("it runs")
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Another program on the same database and evidence.
async fn console(data: &Path) -> (Console, Actor) {
    let url = format!("sqlite://{}", data.join("switchboard.db").display());
    let egress = Egress::new(EgressPolicy::default(), Resolver::System);
    let mut settings = ConsoleSettings::new(url.into(), Vault::from_key(&[7; 32]), egress);
    settings.evidence = EvidenceStore::directory(&data.join("evidence")).expect("a folder");
    let console = Console::open(settings).await.expect("a console");
    let actor = access::command_line(&console, None).await.expect("the team");
    (console, actor)
}

async fn connect(console: &Console, actor: &Actor, name: &str, settings: Value) {
    let new = json!({"name": name, "kind": "tcp", "environment": "development", "settings": settings});
    configure::create(console, actor, serde_json::from_value(new).expect("a connection")).await.expect("created");
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exit_code_the_words_and_the_report_say_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let nothing = said(&run(data, &[]));
    assert!(nothing.0 == Some(2) && nothing.2.contains("There is no connection to diagnose."), "{nothing:?}");

    let (console, actor) = console(data).await;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    connect(&console, &actor, "Open", json!({"host": "127.0.0.1", "port": listener.local_addr().expect("an address").port()})).await;
    connect(&console, &actor, "Closed <&\u{202e}>", json!({"host": "127.0.0.1", "port": closed_port()})).await;

    let (code, out, err) = said(&run(data, &["--connection", "open"]));
    assert!(code == Some(0) && out.contains("PASS  ") && err.is_empty(), "{code:?}\n{out}\n{err}");
    assert!(!out.contains('\u{1b}'), "no colour in a pipe");
    let report = data.join("report.xml");
    let (code, out, err) = said(&run(data, &["--environment", "development", "--junit", &report.display().to_string()]));
    assert!(code == Some(1) && out.contains("BLOCK  ") && err.contains("switchboard: blocked: 1 blocking scenario failed"), "{code:?}\n{out}\n{err}");
    let report = std::fs::read_to_string(report).expect("a report");
    let parsed = quick_junit::Report::deserialize_from_str(&report).expect("JUnit XML");
    assert_eq!((parsed.test_suites.len(), parsed.failures), (2, 1), "{report}");
    let (code, out, _) = said(&run(data, &["--json", "--connection", "Open"]));
    let shown: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, shown["verdict"].as_str()), (Some(0), Some("pass")));
    let (code, _, err) = said(&run(data, &["--connection", "Missing"]));
    assert!(code == Some(2) && err.contains("there is no connection called 'Missing'"), "{code:?} {err}");
    let away =
        program(data).args(["diagnostics", "run", "--server", &format!("http://127.0.0.1:{}", closed_port())]).env("SWITCHBOARD_TOKEN", "sbt_x").output();
    let (code, _, err) = said(&away.expect("it runs"));
    assert!(code == Some(2) && err.contains("did not answer"), "{code:?} {err}");

    let id = shown["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    check_pack(data, evidence::packed(&console, &actor, id).await.expect("packed"));
}

fn check_pack(data: &Path, pack: Vec<u8>) {
    let file = data.join("pack.zip");
    let verify = |bytes: &[u8], more: &[&str]| {
        std::fs::write(&file, bytes).expect("written");
        // On a machine without the console's data.
        let elsewhere = tempfile::tempdir().expect("a folder");
        said(&program(elsewhere.path()).args(["evidence", "verify", &file.display().to_string()]).args(more).output().expect("it runs"))
    };
    let key = said(&program(data).args(["evidence", "public-key"]).output().expect("it runs")).1;
    let (code, out, err) = verify(&pack, &["--public-key", key.trim()]);
    assert!(code == Some(0) && out.starts_with("intact: run "), "{code:?} {out} {err}");
    let mut altered = pack.clone();
    altered[pack.len() / 2] ^= 1;
    let (code, _, err) = verify(&altered, &[]);
    assert!(code == Some(1) && err.contains("altered"), "{code:?} {err}");
    let missing = said(&program(data).args(["evidence", "verify", "nothing.zip"]).output().expect("it runs"));
    assert_eq!(missing.0, Some(2), "{missing:?}");
}

/// A server, killed when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = program(data).args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let url = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).expect("it listens");
        Self { child, url }
    }

    /// As `kill -9` does.
    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn latest(console: &Console, actor: &Actor) -> Option<DiagnosticTestRun> {
    diagnose::list(console, actor, &RunFilter::default(), 1, None).await.expect("listed").0.into_iter().next()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_leaves_no_run_that_looks_passed_and_runs_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let (console, actor) = console(data).await;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    connect(&console, &actor, "Open", json!({"host": "127.0.0.1", "port": port})).await;
    // Accepts, and never says what it should: the run waits there.
    connect(&console, &actor, "Silent", json!({"host": "127.0.0.1", "port": port, "expect": "hello"})).await;
    let token = said(&program(data).args(["tokens", "create", "ci", "--role", "operator"]).output().expect("it runs")).1;
    let mut before = None;
    for kill in 0..KILLS {
        let server = Server::start(data);
        let mut gate = program(data)
            .args(["diagnostics", "run", "--server", &server.url])
            .env("SWITCHBOARD_TOKEN", token.trim())
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        let begun = Instant::now();
        let run = loop {
            assert!(begun.elapsed() < Duration::from_secs(30), "no run began");
            match latest(&console, &actor).await {
                Some(run) if Some(run.id) != before && run.status == RunStatus::Running && (kill == 0 || run.counts.total() > 0) => break run,
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        server.kill();
        assert_eq!(gate.wait().expect("ended").code(), Some(2), "the gate could not be run to its end");
        let _server = Server::start(data);
        let restarted = Instant::now();
        let ended = diagnose::wait(&console, &actor, run.id, Duration::from_secs(40)).await.expect("found");
        println!("killed {} times: interrupted {:.1} s after the restart", kill + 1, restarted.elapsed().as_secs_f64());
        assert_eq!((ended.status, ended.verdict), (RunStatus::Interrupted, Some(Verdict::Block)), "{ended:?}");
        before = Some(run.id);
    }
    let (code, out, err) = said(&run(data, &["--connection", "Open"]));
    assert_eq!(code, Some(0), "{out}\n{err}");
}
