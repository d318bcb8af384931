//! `switchboard backup` beside a running server, and `restore` that is killed again and again.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    process::{PROGRAM, Server, run, text},
    second_process::SecondProcess,
    test_server::new_postgres,
};

/// How often the restore is killed before it may end.
const KILLS: usize = 12;
const CONNECTIONS: usize = 40;

fn json_of(output: &std::process::Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The master key that a console made for itself.
fn key_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("data/master.key")).expect("a key")
}

/// SQLite where no database is named.
fn variables_of<'a>(key: &'a str, database: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
    [("SWITCHBOARD_MASTER_KEY", key.trim())].into_iter().chain(database.map(|url| ("DATABASE_URL", url))).collect()
}

#[tokio::test]
async fn a_restore_that_is_killed_anywhere_leaves_no_database_or_a_whole_one() {
    for (old, new) in [(None, None), (Some(new_postgres()), Some(new_postgres()))] {
        let (from, to) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
        let second = match &old {
            None => SecondProcess::open(from.path()).await,
            Some(database) => SecondProcess::open_with(from.path(), [("database_url", database.clone())]).await,
        };
        for number in 0..CONNECTIONS {
            second.connect(&format!("Connection {number}"), "tcp", "staging", json!({"host": "127.0.0.1", "port": 9})).await;
        }
        let key = key_of(from.path());
        let _server = Server::start(from.path(), &variables_of(&key, old.as_deref()));
        let file = from.path().join("console.backup").display().to_string();
        let made = json_of(&run(from.path(), &["backup", &file, "--json"], &variables_of(&key, old.as_deref()), ""));
        assert_eq!(made["rows"]["service_connection_profiles"], CONNECTIONS);

        let variables = variables_of(&key, new.as_deref());
        assert_eq!(json_of(&run(to.path(), &["restore", &file, "--check", "--json"], &variables, ""))["rows"], made["rows"]);
        killed_until_restored(to.path(), &file, &variables).await;
        json_of(&run(to.path(), &["audit", "verify", "--json"], &variables, ""));
        let again = json_of(&run(to.path(), &["backup", "again.backup", "--json"], &variables, ""));
        for table in ["service_connection_profiles", "teams", "connection_changes"] {
            assert_eq!(again["rows"][table], made["rows"][table], "{table}");
        }
    }
}

/// What is there at the end is whole: made by the last call, or by one that was killed after it had done its work.
async fn killed_until_restored(folder: &Path, file: &str, variables: &[(&str, &str)]) {
    let seed = 20_261_126;
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        let mut command = Command::new(PROGRAM);
        command.args(["restore", file]).current_dir(folder).env_clear().envs(variables.iter().copied()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("started");
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..250_000))).await;
        child.kill().expect("killed");
        if child.wait().expect("ended").success() {
            return;
        }
    }
    let last = run(folder, &["restore", file], variables, "");
    assert!(
        last.status.success() || ["there is a database already", "the database is not empty"].iter().any(|said| text(&last.stderr).contains(said)),
        "{}",
        text(&last.stderr)
    );
}

#[test]
fn what_cannot_be_restored_is_said_and_nothing_is_touched() {
    let (from, to) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    json_of(&run(from.path(), &["backup", "console.backup", "--json"], &[], ""));
    let file = from.path().join("console.backup").display().to_string();
    let key = key_of(from.path());
    let right = [("SWITCHBOARD_MASTER_KEY", key.trim())];
    let other = [("SWITCHBOARD_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")];
    let refused = |folder: &TempDir, arguments: &[&str], variables: &[(&str, &str)], why: &str| {
        let done = run(folder.path(), arguments, variables, "");
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert!(text(&done.stderr).contains(why), "{}", text(&done.stderr));
    };
    refused(&from, &["backup", "console.backup"], &[], "is there already");
    refused(&to, &["restore", &file], &[], "SWITCHBOARD_MASTER_KEY");
    refused(&to, &["restore", &file], &other, "another master key");
    refused(&to, &["restore", "absent"], &right, "cannot be restored");
    assert!(!to.path().join("data/switchboard.db").exists());
    assert_eq!(run(to.path(), &["restore", &file], &right, "").status.code(), Some(0));
    refused(&to, &["restore", &file], &right, "there is a database already");
}
