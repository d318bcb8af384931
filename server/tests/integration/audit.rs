//! Who did what, by the API and the command line.

use std::{collections::BTreeSet, time::Duration};

use domain::{ids::ProfileId, operator::Role};
use engine::{access, audit, keys};
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use store::{db::Pool, sealed};
use tempfile::TempDir;

use crate::{
    background::all_have_run,
    process::{PROGRAM, Server, run, text},
    second_process::SecondProcess,
    test_server::TestServer,
};

/// The newest first.
async fn acts(server: &TestServer, query: &str) -> Vec<Value> {
    let answer = server.by(Role::Admin, Method::GET, &format!("/api/audit?{query}")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK, "{query}");
    answer.json::<Value>().await.expect("JSON")["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn an_act_says_who_did_what_from_where_under_which_thread() {
    let server = TestServer::new().await;
    let created = server.connection("Orders").await;
    let path = format!("/api/service-connections/{}", created["id"].as_str().expect("id"));
    let archived = server.by(Role::Operator, Method::DELETE, &path).header("x-correlation-id", "thread-1").send().await.expect("answer");
    assert!(archived.status().is_success());
    let of_connection = acts(&server, &format!("thing={}", created["id"].as_str().expect("id"))).await;
    let told: Vec<_> = of_connection.iter().map(|entry| entry["act"].as_str().expect("act")).collect();
    assert_eq!(told, ["connection_archived", "connection_created"]);
    let entry = &of_connection[0];
    assert_eq!((&entry["thing"], &entry["from"], &entry["correlation_id"]), (&json!("connection"), &json!("127.0.0.1"), &json!("thread-1")));
    assert!(entry["actor"].as_str().is_some_and(|actor| actor.starts_with("token operator")), "{entry}");
    assert_eq!(entry["detail"]["name"], "Orders");
    assert!(acts(&server, "actor=nobody").await.is_empty());
    assert_eq!(acts(&server, "act=connection_created&thing=connection&limit=1").await.len(), 1);
    let wrong = server.by(Role::Admin, Method::GET, "/api/audit?act=nonsense").send().await.expect("answer");
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_export_ends_where_its_reader_is_put_out() {
    let server = TestServer::new().await;
    let Pool::Sqlite(pool) = &server.console.db.writer else { panic!("the embedded database") };
    // More than waits between two sockets.
    let many = "with recursive numbers (n) as (select 1000 union all select n + 1 from numbers where n < 61000)
        insert into audit_entries (team_id, sequence, at, actor, act, thing, client, correlation_id, detail, key_id, mac)
        select (select id from teams), n, '2026-01-01T00:00:00.000Z', 'somebody', 'signed_in', 'operator', '192.0.2.1', hex(randomblob(100)), '{}', '', x'00' from numbers";
    sqlx::raw_sql(AssertSqlSafe(many)).execute(pool).await.expect("many entries");
    let mut export = server.by(Role::Admin, Method::GET, "/api/audit/export?format=jsonl").send().await.expect("answer");
    assert_eq!(export.status(), StatusCode::OK);
    assert!(export.chunk().await.expect("a part").is_some());
    sqlx::raw_sql("delete from api_tokens where role = 'admin'").execute(pool).await.expect("revoked");
    let mut lines = 0;
    let ended = loop {
        match export.chunk().await {
            Ok(Some(part)) => lines += part.iter().filter(|byte| **byte == b'\n').count(),
            Ok(None) => break "as if that were all",
            Err(_) => break "broken off",
        }
    };
    assert_eq!(ended, "broken off", "after {lines} entries");
}

#[tokio::test]
async fn coming_in_being_refused_and_leaving_are_written_down() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("ada@example.org", Role::Admin).await;
    for email in ["ada@example.org", "my+secret@example.org"] {
        server.form("/sign-in?act=sign_in", &format!("email={email}&password=wrong+wrong+wrong")).send().await.expect("answer");
    }
    server.form("/?act=sign_out", "").header("cookie", cookie).send().await.expect("answer");
    let mut told = BTreeSet::new();
    // Nobody who is refused waits for the log.
    while told.len() < 4 {
        let entries = acts(&server, "thing=operator&limit=4").await;
        let text = |entry: &Value, member: &str| entry[member].as_str().expect("text").to_owned();
        told = entries.iter().map(|entry| format!("{} {} {}", text(entry, "act"), text(entry, "actor"), text(entry, "from"))).collect();
    }
    let lines = [
        "signed_in ada@example.org 127.0.0.1",
        "sign_in_refused ada@example.org 127.0.0.1",
        "sign_in_refused unknown account 127.0.0.1",
        "signed_out ada@example.org 127.0.0.1",
    ];
    assert_eq!(told, lines.map(str::to_owned).into());
}

#[tokio::test]
async fn an_export_holds_what_the_filter_lets_through_and_is_an_entry_itself() {
    let server = TestServer::new().await;
    server.connection("=1+1").await;
    let export = async |query: &str| {
        let answer = server.by(Role::Admin, Method::GET, &format!("/api/audit/export?{query}")).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers()["content-disposition"].to_str().expect("text").starts_with("attachment"));
        answer.text().await.expect("text")
    };
    let lines = export("format=jsonl&act=connection_created").await;
    assert_eq!(lines.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&lines).expect("JSON")["detail"]["name"], "=1+1");
    let table = export("format=csv&thing=audit").await;
    assert!(table.starts_with("sequence,at,actor,act,") && table.lines().count() == 3, "the head, and both exports: {table}");
    let refused = server.by(Role::Operator, Method::GET, "/api/audit/export?format=csv").send().await.expect("answer");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn verify_says_yes_no_or_could_not() {
    let folder = TempDir::new().expect("folder");
    run(folder.path(), &["tokens", "create", "ci", "--role", "viewer"], &[], "");
    let sound = run(folder.path(), &["audit", "verify", "--json"], &[], "");
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound.stderr));
    let told: Value = serde_json::from_slice(&sound.stdout).expect("JSON");
    let head = told["teams"][0]["head"].as_str().expect("head").to_owned();
    assert_eq!((&told["sound"], &told["teams"][0]["entries"]), (&json!(true), &json!(1)));
    run(folder.path(), &["tokens", "revoke", "ci"], &[], "");
    assert_eq!(run(folder.path(), &["audit", "verify", "--head", &head], &[], "").status.code(), Some(0), "it has gone on");
    let pinned = run(folder.path(), &["audit", "verify", "--head", "00ff"], &[], "");
    assert_eq!(pinned.status.code(), Some(1));
    assert!(text(&pinned.stderr).contains("no entry has the head 00ff"), "{}", text(&pinned.stderr));
    let wrong = run(folder.path(), &["audit", "verify"], &[("SWITCHBOARD_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")], "");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("this is not the master key that the database is sealed under"), "{}", text(&wrong.stderr));
}

#[tokio::test]
async fn the_server_tells_the_head_of_each_log() {
    let folder = TempDir::new().expect("folder");
    run(folder.path(), &["tokens", "create", "ci", "--role", "viewer"], &[], "");
    let told: Value = serde_json::from_slice(&run(folder.path(), &["audit", "verify", "--json"], &[], "").stdout).expect("JSON");
    let mut server = Server::start(folder.path(), &[]);
    all_have_run(&server.base).await;
    let (_, log) = server.stop();
    assert!(log.contains(told["teams"][0]["head"].as_str().expect("head")), "{log}");
}

/// Credentials that a rotation has to go through.
const CREDENTIALS: usize = 40;

#[tokio::test]
async fn a_rotation_that_is_killed_anywhere_loses_nothing_beside_a_running_server() {
    let folder = TempDir::new().expect("folder");
    let second = SecondProcess::open(folder.path()).await;
    for number in 0..CREDENTIALS {
        let new = json!({
            "name": format!("Connection {number}"), "kind": "redis", "environment": "development",
            "settings": {"host": "127.0.0.1"}, "credential": {"password": "open sesame"},
        });
        engine::connections::create(&second.scope(), serde_json::from_value(new).expect("connection")).await.expect("created");
    }
    let data = folder.path().join("data");
    std::fs::rename(data.join("master.key"), data.join("old.key")).expect("renamed");
    let ring = [("SWITCHBOARD_OTHER_MASTER_KEYS_FILE", "data/old.key")];
    let mut server = Server::start(folder.path(), &ring);
    let mut chance = StdRng::seed_from_u64(20_261_126);
    for _ in 0..12 {
        let mut child = std::process::Command::new(PROGRAM)
            .args(["keys", "rotate"])
            .current_dir(folder.path())
            .env_clear()
            .envs(ring)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("started");
        std::thread::sleep(Duration::from_micros(chance.random_range(20_000..220_000)));
        let _ = child.kill();
        child.wait().expect("ended");
    }
    let done = run(folder.path(), &["keys", "rotate", "--json"], &ring, "");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    server.stop();
    second.console.db.close().await;

    let without_the_old = SecondProcess::open(folder.path()).await;
    let scope = access::command_line(&without_the_old.console, None).await.expect("team");
    let rows = sealed::credentials_of_other_keys(&without_the_old.console.db, sealed::Holder::Connection, b"none", None, 1_000).await.expect("rows");
    assert_eq!(rows.len(), CREDENTIALS);
    for row in rows {
        let binding = engine::vault::Binding { profile: ProfileId::from_uuid(row.id), origin: &row.credential_origin, version: row.credential_version };
        without_the_old.console.vault.open(binding, &row.credential).expect("it opens");
    }
    let keys = keys::list(&scope).await.expect("keys");
    assert_eq!(
        keys.iter().map(|key| (key.is_current, key.sealed == 0, key.retired_at.is_some())).collect::<Vec<_>>(),
        [(false, true, true), (true, false, false)]
    );
    assert!(audit::verify(&scope, None).await.expect("read").is_sound());
}
