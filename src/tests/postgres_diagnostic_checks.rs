//! The kind `postgres` at full depth: evidence of a good server, and one failing scenario for each way of breaking it.

use std::time::Duration;

use probes::kinds::{Cause, Target, postgres::Postgres};
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx_postgres::PgConnection;
use tokio::task::JoinHandle;

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    postgres::{self, role, superuser, target},
    postgres_playbook,
    probe::{DEADLINE, artefact, deep_passes, run_within, unique},
    services::{PostgresService, services},
};

fn service() -> &'static PostgresService {
    &services().postgres
}

fn good(changes: Value) -> Target {
    target(changes, &service().password)
}

fn url(user: &str) -> String {
    let PostgresService { host, port, database, password, .. } = service();
    format!("postgres://{user}:{password}@{host}:{port}/{database}")
}

async fn in_orders(statement: &str) {
    let mut connection = PgConnection::connect(&url(&service().user)).await.expect("PostgreSQL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

#[tokio::test]
async fn a_good_server_passes_every_scenario_and_leaves_evidence() {
    let table = unique("guarded");
    in_orders(&format!("create table {table} (id int); alter table {table} enable row level security")).await;
    let settings = json!({ "tls": "verify-full", "ca_pem": services().nginx.ca_pem, "protected_tables": [format!("public.{table}")] });
    let found = deep_passes(&Postgres::new(), &good(settings)).await;
    assert_eq!(found["row_security"].found, format!("On for public.{table}."));
    assert!(artefact(&found["version"], "server-version").starts_with("PostgreSQL "));
    assert!(artefact(&found["tls"], "certificate-chain").contains("BEGIN CERTIFICATE"));
    assert!(artefact(&found["round_trip"], "query-plan").contains("actual time"));
    assert!(artefact(&found["connections"], "settings").contains("max_connections = 300"));
    assert!(artefact(&found["role"], "role").contains("\"superuser\": false"));
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let (bare, strong, exempt) = (unique("bare"), role("login superuser", "").await, role("login bypassrls", "").await);
    in_orders(&format!("create table {bare} (id int)")).await;
    let temporary = role("login", "").await;
    let read_only = unique("database");
    superuser(&format!("create database {read_only} owner {temporary}")).await;
    superuser(&format!("revoke temporary on database {read_only} from public, {temporary}")).await;
    let (crowded, _held) = crowded().await;
    let (busy, query) = busy().await;
    let table = [
        ("may not write", json!({ "user": temporary, "database": read_only }), ("round_trip", Cause::PermissionDenied)),
        ("superuser", json!({ "user": strong }), ("role", Cause::RoleTooPowerful)),
        ("exempt from row-level security", json!({ "user": exempt }), ("role", Cause::RoleTooPowerful)),
        ("a table without", json!({ "protected_tables": [bare] }), ("row_security", Cause::RowSecurityOff)),
        ("no such table", json!({ "protected_tables": ["public.\"o'clock\\\""] }), ("row_security", Cause::TableMissing)),
        ("five of six connections", json!({ "user": crowded }), ("connections", Cause::NearLimit)),
        ("an endless query", json!({ "user": busy, "longest_query_seconds": 1 }), ("longest_query", Cause::LongRunningQuery)),
    ];
    let mut ways = postgres::ways().await;
    ways.extend(table.into_iter().map(|(how, changes, breaks)| Breakage::new(how, good(changes), breaks)));
    ways.extend(postgres_playbook::ways().await);
    each_breaks_one_and_each_is_broken(Postgres::new(), ways).await;
    query.abort();
}

/// A role with room for one more connection.
async fn crowded() -> (String, Vec<PgConnection>) {
    let role = role("login connection limit 6", "").await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(PgConnection::connect(&url(&role)).await.expect("a connection"));
    }
    (role, held)
}

/// A role with a query that runs for more than a second, until it is aborted.
async fn busy() -> (String, JoinHandle<()>) {
    let role = role("login", "").await;
    let mut connection = PgConnection::connect(&url(&role)).await.expect("a connection");
    let query = tokio::spawn(async move {
        let _ = sqlx::raw_sql("select pg_sleep(30)").execute(&mut connection).await;
    });
    let target = good(json!({ "user": role, "longest_query_seconds": 1 }));
    while run_within(DEADLINE, &Postgres::new(), "longest_query", &target).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    (role, query)
}

#[tokio::test]
async fn all_connections_in_use_fails() {
    let target = good(json!({ "user": role("login connection limit 1", "").await }));
    let failure = run_within(DEADLINE, &Postgres::new(), "connections", &target).await.expect_err("one of one");
    assert_eq!((failure.cause, failure.warns), (Cause::NearLimit, false), "{failure:?}");
    assert_eq!(failure.found, "1 of 1 connections of the role are in use (100 %).");
}

#[tokio::test]
async fn nearly_all_connections_in_use_warns_and_does_not_stop_the_rest() {
    let (role, _held) = crowded().await;
    let target = good(json!({ "user": role }));
    let failure = run_within(DEADLINE, &Postgres::new(), "connections", &target).await.expect_err("five of six");
    assert!(failure.warns && failure.cause == Cause::NearLimit, "{failure:?}");
    assert_eq!(failure.found, "5 of 6 connections of the role are in use (83 %).");
}

#[tokio::test]
async fn a_query_that_runs_for_too_long_is_told() {
    let (role, query) = busy().await;
    let target = good(json!({ "user": role, "longest_query_seconds": 1 }));
    let failure = run_within(DEADLINE, &Postgres::new(), "longest_query", &target).await.expect_err("it goes on");
    assert_eq!(failure.cause, Cause::LongRunningQuery);
    assert!(failure.found.starts_with("Running queries: 1; the longest for "), "{}", failure.found);
    query.abort();
}

#[tokio::test]
async fn nothing_is_left_of_a_round_trip() {
    deep_passes(&Postgres::new(), &good(json!({}))).await;
    let mut connection = PgConnection::connect(&service().superuser_url).await.expect("PostgreSQL answers");
    let left: i64 =
        sqlx::query_scalar("select count(*) from pg_class where relname like 'switchboard_round_trip%'").fetch_one(&mut connection).await.expect("a count");
    assert_eq!(left, 0);
}
