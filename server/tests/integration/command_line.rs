//! The contract of the command line: exit codes, and a standard output that scripts can rely on.

use std::{net::TcpListener, os::unix::fs::PermissionsExt};

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    process::{Server, run, text},
    test_server::client,
};

fn folder() -> TempDir {
    TempDir::new().expect("folder")
}

#[tokio::test]
async fn the_first_start_says_where_it_is_and_how_to_come_in() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let link = server.line().expect("a line");
    let link = link.strip_prefix("set up: ").unwrap_or_else(|| panic!("{link}"));
    assert!(link.starts_with(&format!("{}/setup?token=", server.base)), "{link}");
    assert_eq!(client().get(link).send().await.expect("answer").status(), StatusCode::OK);
    for (kept, rights) in [("data", 0o700), ("data/master.key", 0o600), ("data/switchboard.db", 0o600), ("data/switchboard.db-wal", 0o600)] {
        let mode = std::fs::metadata(folder.path().join(kept)).expect("kept").permissions().mode();
        assert_eq!(mode & 0o777, rights, "{kept}");
    }
}

#[tokio::test]
async fn commands_work_beside_the_running_server() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let made = run(folder.path(), &["tokens", "create", "ci", "--role", "viewer"], &[], "");
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let token = text(&made.stdout);
    assert!(token.starts_with("sbt_") && token.ends_with('\n') && token.lines().count() == 1, "{token:?}");
    let client = client();
    let kinds = || client.get(format!("{}/api/kinds", server.base)).bearer_auth(token.trim()).send();
    assert_eq!(kinds().await.expect("answer").status(), StatusCode::OK);
    assert_eq!(run(folder.path(), &["tokens", "revoke", "ci"], &[], "").status.code(), Some(0));
    assert_eq!(kinds().await.expect("answer").status(), StatusCode::UNAUTHORIZED);

    let added = run(folder.path(), &["operators", "create", "a@example.org", "--role", "admin"], &[], "correct horse battery\n");
    assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    server.stop();
    let mut again = Server::start(folder.path(), &[]);
    again.stop();
    assert_eq!(again.line(), None, "no set-up link once someone can sign in");
}

#[test]
fn a_key_is_not_made_to_be_shown() {
    let folder = folder();
    for arguments in [&["evidence", "public-key"][..], &["keys", "list"]] {
        let asked = run(folder.path(), arguments, &[], "");
        assert_eq!(asked.status.code(), Some(2), "{arguments:?}");
        assert!(text(&asked.stderr).contains("there is no console in ./data"), "{}", text(&asked.stderr));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn results_stand_alone_on_standard_output() {
    let folder = folder();
    for arguments in [
        &["migrate", "--json"][..],
        &["tokens", "create", "a", "--role", "viewer", "--json"],
        &["tokens", "create", "b", "--role", "viewer", "--environment", "staging", "--environment", "production", "--expires-in", "90days", "--json"],
        &["tokens", "list", "--json"],
        &["operators", "list", "--json"],
        &["check-config", "--json"],
    ] {
        let done = run(folder.path(), arguments, &[], "");
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {}", text(&done.stderr));
        serde_json::from_slice::<Value>(&done.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", text(&done.stdout)));
    }
}

/// Arguments, variables, the exit code, and a part of what is said.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], i32, &'a str);

#[test]
fn exit_codes_tell_no_from_could_not() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").expect("listener");
    let taken = taken.local_addr().expect("address").to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("file");
    let file = file.display().to_string();
    run(folder.path(), &["operators", "create", "a@example.org", "--role", "admin"], &[], "correct horse battery");
    run(folder.path(), &["tokens", "create", "taken", "--role", "viewer"], &[], "");
    let table: &[Case] = &[
        (&["tokens", "revoke", "nonsense"], &[], 1, "no token called 'nonsense'"),
        (&["operators", "create", "a@example.org", "--role", "admin"], &[], 1, "exists already"),
        (&["operators", "create", "b", "--role", "admin"], &[], 2, "email: "),
        (&["tokens", "create", "x", "--role", "king"], &[], 2, "it is viewer, operator or admin"),
        (&["operators", "create", "c@example.org", "--role", "king"], &[], 2, "it is viewer, operator or admin"),
        (&["tokens", "create", "Taken", "--role", "viewer"], &[], 1, "There is a token called 'Taken' already."),
        (&["tokens", "create", "x", "--role", "viewer", "--team", "moon"], &[], 2, "no team called 'moon'"),
        (&["tokens", "create", "x", "--role", "viewer", "--environment", "staging", "--environment", "moon"], &[], 2, "no environment 'moon'"),
        (&["tokens", "create", "x", "--role", "viewer", "--permission", "manage_tokens"], &[], 2, "permissions: "),
        (&["tokens", "create", "x", "--role", "viewer", "--expires-in", "soon"], &[], 2, "soon"),
        (&["operators", "disable", "nobody@example.org"], &[], 1, "nobody with that e-mail address"),
        (&["operators", "disable", "a@example.org"], &[], 1, "last administrator"),
        (&["operators", "remove", "a@example.org"], &[], 1, "last administrator"),
        (&["operators", "reset-password", "nobody@example.org"], &[], 1, "nobody with that e-mail address"),
        (&["operators", "reset-second-factor", "nobody@example.org"], &[], 1, "nobody with that e-mail address"),
        (&["operators", "reset-second-factor", "a@example.org"], &[], 1, "no second factor"),
        (&["nonsense"], &[], 2, "unrecognized subcommand"),
        (&[], &[], 2, "Usage"),
        (&["serve", "--listen", &taken], &[], 2, "another program listens there"),
        (&["serve", "--listen", "nowhere"], &[], 2, "--listen \"nowhere\" is no address and port"),
        (&["serve", "--listen", "127.0.0.1:0"], &[("SWITCHBOARD_DATA_DIR", &file)], 2, "the data directory"),
        (&["migrate"], &[("DATABASE_URL", "mysql://x")], 2, "DATABASE_URL begins with neither"),
        (&["migrate"], &[("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/x")], 2, "the database could not be opened"),
        (&["migrate"], &[("SWITCHBOARD_MASTER_KEY", "hunter2")], 2, "SWITCHBOARD_MASTER_KEY is not base64"),
        (&["check-config"], &[("SWITCHBOARD_ENVIRONMENT", "moon")], 2, "the settings need attention"),
        (&["check-config"], &[("SWITCHBOARD_LISTN", "x")], 2, "the settings need attention"),
        (&["check-config", "--config", "missing.toml"], &[], 2, "the settings need attention"),
    ];
    for (arguments, variables, code, said) in table {
        let done = run(folder.path(), arguments, variables, "correct horse battery\n");
        let (out, err) = (text(&done.stdout), text(&done.stderr));
        assert_eq!(done.status.code(), Some(*code), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
        assert!(out.is_empty() || arguments.first() == Some(&"check-config"), "{arguments:?}: {out}");
        assert!(!err.contains("hunter2") && !out.contains("hunter2"), "{arguments:?}: {err}{out}");
    }
}

#[test]
fn check_config_shows_every_setting_but_no_secret() {
    let folder = folder();
    let variables = [("DATABASE_URL", "postgres://app:hunter2@127.0.0.1:1/x"), ("SWITCHBOARD_LISTEN", "127.0.0.1:0")];
    let done = run(folder.path(), &["check-config"], &variables, "");
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(2), "the database does not answer");
    assert!(out.contains("postgres://app:hidden@127.0.0.1:1/x") && out.contains("SWITCHBOARD_LISTEN") && out.contains("WRONG database_url"), "{out}");
    assert!(!out.contains("hunter2"));
    assert!(!folder.path().join("data").exists(), "a check changes nothing");
}

#[tokio::test]
async fn it_stops_when_told_and_logs_in_json() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let answer = client().get(format!("{}/livez?token=hunter2", server.base)).header("x-correlation-id", "log-1").send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    for secret in ["/acknowledge/hunter2", "/acknowledge/hunter2/", "/invitations/hunter2", "/calendars/hunter2.ics"] {
        client().get(format!("{}{secret}", server.base)).header("accept", "text/html").send().await.expect("answer");
    }
    let (code, logs) = server.stop();
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = logs.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    let request: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(request.len(), 5, "one line a request");
    assert_eq!(request[0]["span"]["correlation_id"], "log-1");
    assert_eq!((&request[0]["status"], &request[0]["span"]["path"]), (&Value::from(200), &Value::from("/livez")));
    assert!(!logs.contains("hunter2"), "neither a query nor the secret of an address is logged: {logs}");
}

#[tokio::test]
async fn whoever_is_disabled_beside_the_running_server_is_out() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    for name in ["a", "b"] {
        let email = format!("{name}@example.org");
        run(folder.path(), &["operators", "create", &email, "--role", "admin"], &[], "correct horse battery\n");
    }
    let client = client();
    let sign_in = async |password: &str| {
        let form = format!("email=b@example.org&password={}", password.replace(' ', "+"));
        let request = client.post(format!("{}/actions/sign_in", server.base)).header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.expect("answer");
        (answer.status(), crate::test_server::cookie(&answer))
    };
    let cookie = sign_in("correct horse battery").await.1.expect("signed in");
    let read = async || client.get(format!("{}/api/kinds", server.base)).header("cookie", &cookie).send().await.expect("answer").status();
    assert_eq!(read().await, StatusCode::OK);
    let done = |arguments: &[&str], input: &str| run(folder.path(), arguments, &[], input).status.code();
    assert_eq!(done(&["operators", "disable", "b@example.org"], ""), Some(0));
    assert_eq!((read().await, sign_in("correct horse battery").await.0), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(done(&["operators", "enable", "b@example.org"], ""), Some(0));
    assert_eq!(done(&["operators", "reset-password", "b@example.org"], "another horse battery\n"), Some(0));
    assert_eq!((sign_in("correct horse battery").await.0, sign_in("another horse battery").await.0), (StatusCode::UNAUTHORIZED, StatusCode::OK));
    assert_eq!(done(&["operators", "remove", "b@example.org", "--json"], ""), Some(0));
    assert_eq!(sign_in("another horse battery").await.0, StatusCode::UNAUTHORIZED);
}
