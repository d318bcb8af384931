//! The gate of a release pipeline: exit codes, the words beside them, reports for machines, and the same text everywhere.

use std::{
    path::Path,
    process::{Command, Output},
};

use domain::operator::Role;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    process::{PROGRAM, run, text},
    second_process::{SecondProcess, closed_port, open_port},
    services::services,
    test_server::TestServer,
};

fn gate(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, &[&["diagnostics", "run"], arguments].concat(), &[], "")
}

/// Code, standard output and standard error.
fn said(output: &Output) -> (Option<i32>, String, String) {
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// One connection that passes in staging, one that blocks in development.
async fn two_connections(folder: &Path) -> std::net::TcpListener {
    let second = SecondProcess::open(folder).await;
    let (listener, port) = open_port();
    second.connect("Open", "tcp", "staging", json!({"host": "127.0.0.1", "port": port})).await;
    second.connect("Closed <&\u{fffe}>", "tcp", "development", json!({"host": "127.0.0.1", "port": closed_port()})).await;
    listener
}

#[tokio::test]
async fn the_exit_code_and_the_words_beside_it_tell_pass_block_and_could_not() {
    let folder = TempDir::new().expect("folder");
    let nothing = said(&gate(folder.path(), &[]));
    assert!(nothing.0 == Some(2) && nothing.2.contains("There is no connection to diagnose."), "{nothing:?}");

    let _listener = two_connections(folder.path()).await;
    // Loopback is denied outside of development unless granted.
    let granted = [("SWITCHBOARD_EGRESS_ALLOW", "127.0.0.1")];
    let (code, out, err) = said(&run(folder.path(), &["diagnostics", "run", "--environment", "staging"], &granted, ""));
    assert!(code == Some(0) && out.contains("\nPASS  2 passed, 0 warned, 0 failed, 3 skipped; run ") && err.is_empty(), "{code:?}\n{out}\n{err}");

    let (code, out, err) = said(&run(folder.path(), &["diagnostics", "run"], &granted, ""));
    assert!(code == Some(1) && out.contains("\nBLOCK  3 passed, 0 warned, 1 failed, 6 skipped; run "), "{code:?}\n{out}");
    let lines: Vec<_> = err.lines().collect();
    assert_eq!(lines[0], "switchboard: blocked: 1 blocking scenario failed");
    assert!(lines.len() == 2 && lines[1].contains("Accepts a connection: ") && lines[1].ends_with("Check the port, and that the service is running."), "{err}");

    let table: &[(&[&str], &str)] = &[
        (&["--connection", "Missing"], "there is no connection called 'Missing'"),
        (&["--environment", "moon"], "there is no environment 'moon'"),
        (&["--connection", "Open", "--scenario", "dances"], "scenarios: None of these connections has a scenario “dances”"),
        (&["--team", "moon"], "no team called 'moon'"),
        (&["--server", "http://127.0.0.1:1"], "no API token: set SWITCHBOARD_TOKEN"),
        (&["--server", "ftp://console"], "ftp://console is no address of a console"),
        (&["--connection", "Open", "--junit", "missing/report.xml"], "missing/report.xml cannot be written"),
        (&["--nonsense"], "unexpected argument"),
    ];
    for (arguments, expected) in table {
        let (code, _, err) = said(&gate(folder.path(), arguments));
        assert!(code == Some(2) && err.contains(expected), "{arguments:?}: {code:?} {err}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_on_a_server_ends_with_the_same_code_and_words() {
    let server = TestServer::new().await;
    let (_listener, port) = open_port();
    for (name, port) in [("Open", port), ("Closed", closed_port())] {
        assert!(server.post("/api/service-connections", &crate::test_server::connection(name, port)).await.status().is_success());
    }
    let folder = TempDir::new().expect("folder");
    let remote = |token: &str, arguments: &[&str]| {
        let arguments = [&["diagnostics", "run", "--server", &server.base], arguments].concat();
        said(&run(folder.path(), &arguments, &[("SWITCHBOARD_TOKEN", token)], ""))
    };
    let (operator, viewer) = (server.token(Role::Operator), server.token(Role::Viewer));
    // The program is a process: the server must go on serving meanwhile.
    tokio::task::block_in_place(|| {
        let (code, out, err) = remote(operator, &["--connection", "open", "--json"]);
        let shown: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((code, shown["verdict"].as_str(), shown["results"].as_array().map(Vec::len)), (Some(0), Some("pass"), Some(5)), "{err}");
        let (code, out, err) = remote(operator, &["--environment", "development"]);
        assert!(code == Some(1) && out.contains("\nBLOCK  ") && err.starts_with("switchboard: blocked: 1 blocking scenario failed\n"), "{code:?} {out} {err}");
        let (code, _, err) = remote(viewer, &[]);
        assert!(code == Some(2) && err.contains("answered 403"), "{code:?} {err}");
        let (code, _, err) = remote("sbt_unknown", &[]);
        assert!(code == Some(2) && err.contains("answered 401") && !err.contains("sbt_unknown"), "{code:?} {err}");
        let away = format!("http://127.0.0.1:{}", closed_port());
        let (code, _, err) = said(&run(folder.path(), &["diagnostics", "run", "--server", &away], &[("SWITCHBOARD_TOKEN", "x")], ""));
        assert!(code == Some(2) && err.contains("did not answer"), "{code:?} {err}");
    });
    assert!(!folder.path().join("data").exists(), "nothing is kept where the pipeline runs");
}

/// What junitparser, which is none of ours, reads in a report: per suite its name and counts, per case its name and how it ended.
const READ_REPORT: &str = "
import json, sys
from junitparser import JUnitXml
report = JUnitXml.fromfile(sys.argv[1])
suites = [[s.name, s.tests, s.failures, s.skipped, [[c.name, c.classname, c.time, [type(r).__name__ for r in c.result], [r.message for r in c.result]] for c in s]]
          for s in report]
print(json.dumps([report.tests, report.failures, report.errors, suites]))
";

#[tokio::test]
async fn another_program_reads_the_junit_report_and_finds_the_same() {
    let folder = TempDir::new().expect("folder");
    let _listener = two_connections(folder.path()).await;
    let ended = gate(folder.path(), &["--environment", "development", "--junit", "report.xml", "--json"]);
    assert_eq!(ended.status.code(), Some(1), "{}", text(&ended.stderr));
    let run: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    let read = Command::new(&services().python).args(["-c", READ_REPORT]).arg(folder.path().join("report.xml")).output().expect("started");
    assert!(read.status.success(), "{}", text(&read.stderr));
    let read: Value = serde_json::from_slice(&read.stdout).expect("JSON");
    // XML has no place for what is no character.
    let name = "Closed <&>";
    assert_eq!(read[0], json!(5));
    assert_eq!((&read[1], &read[2]), (&json!(1), &json!(0)));
    let suite = &read[3][0];
    assert_eq!((&suite[0], &suite[1], &suite[2]), (&json!(name), &json!(5), &json!(1)));
    for (case, result) in suite[4].as_array().expect("cases").iter().zip(run["results"].as_array().expect("results")) {
        assert_eq!((&case[0], &case[1]), (&result["scenario"], &json!(name)));
        let how = match result["outcome"].as_str() {
            Some("failed") => json!(["Failure"]),
            Some("skipped") => json!(["Skipped"]),
            _ => json!([]),
        };
        assert_eq!(case[3], how, "{case}");
        if result["outcome"] == "failed" {
            assert_eq!(case[4][0], result["found"]);
        }
    }
    let verified = |report: &str| Command::new(&services().python).args(["-m", "junitparser", "verify", report]).current_dir(folder.path()).status();
    assert_eq!(verified("report.xml").expect("started").code(), Some(1), "a failure in it");
    let passed = ["diagnostics", "run", "--connection", "Open", "--junit", "passed.xml"];
    assert_eq!(run_granted(folder.path(), &passed).status.code(), Some(0));
    assert_eq!(verified("passed.xml").expect("started").code(), Some(0), "none in it");
}

fn run_granted(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, arguments, &[("SWITCHBOARD_EGRESS_ALLOW", "127.0.0.1")], "")
}

/// The same command on a terminal; standard error goes elsewhere.
fn on_a_terminal(folder: &Path, variables: &[(&str, &str)]) -> String {
    let command = format!("{PROGRAM} diagnostics run 2>errors.txt");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]).current_dir(folder).envs(variables.iter().copied());
    let output = script.output().expect("util-linux has it");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    text(&output.stdout).replace("\r\n", "\n")
}

/// Without what differs from run to run: times, ids, and the width of columns that follows from them.
fn settled(text: &str) -> Vec<Vec<String>> {
    let word = |word: &str| if word.chars().all(|c| c.is_ascii_digit() || c == '.') { "0".to_owned() } else { word.to_owned() };
    let line = |line: &str| line.split("; run ").next().unwrap_or_default().split_whitespace().map(word).collect();
    text.lines().map(line).collect()
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[tokio::test]
async fn a_terminal_shows_what_a_pipe_gets_and_colour() {
    let folder = TempDir::new().expect("folder");
    let _listener = two_connections(folder.path()).await;
    let (_, piped, _) = said(&run_granted(folder.path(), &["diagnostics", "run"]));
    assert!(!piped.contains('\u{1b}'), "{piped}");
    let granted = ("SWITCHBOARD_EGRESS_ALLOW", "127.0.0.1");
    let shown = on_a_terminal(folder.path(), &[granted]);
    assert!(shown.contains("\u{1b}[31mFAILED\u{1b}[0m") && shown.contains("\u{1b}[32mpassed\u{1b}[0m"), "{shown}");
    assert_eq!(settled(&without_colour(&shown)), settled(&piped));
    let plain = on_a_terminal(folder.path(), &[granted, ("NO_COLOR", "1")]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert_eq!(settled(&plain), settled(&piped));
}
