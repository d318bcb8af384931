//! `switchboard backup` beside a running server, and `restore` that is killed again and again.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx_postgres::PgConnection;
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

/// Holds whoever inserts the row of this number until the lock is let go.
const HOLD: &str = "create schema hold;
    create sequence hold.seen;
    create table hold.row (number bigint);
    insert into hold.row values (0);
    create function hold.it() returns trigger language plpgsql as $$ begin
        if nextval('hold.seen') = (select number from hold.row) then perform pg_advisory_lock(77); end if;
        return new;
    end $$;
    do $$ declare name text; begin
        for name in select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> '_sqlx_migrations' loop
            execute format('create trigger hold before insert on %I for each row execute function hold.it()', name);
        end loop;
    end $$";

/// Takes all rows out again, past what keeps the audit log as it is.
const EMPTY: &str = "set session_replication_role = replica;
    do $$ declare names text; begin
        select string_agg(quote_ident(relname), ', ') into names from pg_class
            where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> '_sqlx_migrations';
        execute 'truncate ' || names;
    end $$;
    set session_replication_role = origin";

/// At every row if `SWITCHBOARD_EVERY_ROW` is set; else at some of them, the first and the last among them.
#[tokio::test]
async fn a_restore_into_postgresql_that_is_killed_at_a_row_leaves_none() {
    let (from, to) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    let (old, new) = (new_postgres(), new_postgres());
    let second = SecondProcess::open_with(from.path(), [("database_url", old.clone())]).await;
    for number in 0..3 {
        second.connect(&format!("Connection {number}"), "tcp", "staging", json!({"host": "127.0.0.1", "port": 9})).await;
    }
    let key = key_of(from.path());
    let file = from.path().join("console.backup").display().to_string();
    let made = json_of(&run(from.path(), &["backup", &file, "--json"], &variables_of(&key, Some(&old)), ""));
    let rows: i64 = made["rows"].as_object().expect("tables").values().filter_map(Value::as_i64).sum();

    let variables = variables_of(&key, Some(&new));
    json_of(&run(to.path(), &["restore", &file, "--json"], &variables, ""));
    let mut database = PgConnection::connect(&new).await.expect("the database");
    for statement in [EMPTY, HOLD, "select pg_advisory_lock(77)"] {
        sqlx::raw_sql(statement).execute(&mut database).await.expect("done");
    }
    let every = if std::env::var_os("SWITCHBOARD_EVERY_ROW").is_some() { 1 } else { rows / 5 };
    let mut killed = 0;
    for row in (1..=rows).step_by(usize::try_from(every).expect("small")).chain([rows]) {
        sqlx::query("update hold.row set number = $1").bind(row).execute(&mut database).await.expect("told");
        sqlx::raw_sql("alter sequence hold.seen restart").execute(&mut database).await.expect("from the first");
        let mut command = Command::new(PROGRAM);
        command.args(["restore", &file]).current_dir(to.path()).env_clear().envs(variables.iter().copied()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("started");
        until(&mut database, "select exists (select from pg_locks where locktype = 'advisory' and objid = 77 and not granted)").await;
        child.kill().expect("killed");
        assert!(child.wait().expect("ended").code().is_none(), "it had not ended by itself");
        // What it was at ends by itself once it finds nobody there any more.
        sqlx::raw_sql("select pg_advisory_unlock(77)").execute(&mut database).await.expect("let go");
        until(&mut database, "select not exists (select from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid())").await;
        sqlx::raw_sql("select pg_advisory_lock(77)").execute(&mut database).await.expect("held again");
        let left: i64 = sqlx::query_scalar("select count(*) from teams").fetch_one(&mut database).await.expect("counted");
        assert_eq!(left, 0, "after row {row}");
        killed += 1;
    }
    println!("killed at {killed} of {rows} rows");
    sqlx::raw_sql("select pg_advisory_unlock(77)").execute(&mut database).await.expect("let go");
    sqlx::raw_sql("drop schema hold cascade").execute(&mut database).await.expect("as it was");
    // It refuses a database of which any table has a row.
    json_of(&run(to.path(), &["restore", &file, "--json"], &variables, ""));
    json_of(&run(to.path(), &["audit", "verify", "--json"], &variables, ""));
    let again = json_of(&run(to.path(), &["backup", "again.backup", "--json"], &variables, ""));
    assert_eq!(again["rows"]["service_connection_profiles"], made["rows"]["service_connection_profiles"]);
}

async fn until(database: &mut PgConnection, is_so: &'static str) {
    let waiting = async {
        while !sqlx::query_scalar::<_, bool>(is_so).fetch_one(&mut *database).await.expect("asked") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("never: {is_so}"));
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
