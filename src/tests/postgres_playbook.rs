//! What the scenarios of a playbook tell of a PostgreSQL that is broken that way; each in a database of its own, so that nobody else meets it.

use std::time::Duration;

use probes::kinds::{Cause, Target, postgres::Postgres};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection};
use sqlx_postgres::PgConnection;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    breakage::Breakage,
    postgres::{role, superuser, target},
    probe::{DEADLINE, run_within, unique},
    services::{PostgresService, services},
};

/// A new database of the usual user, in which this was done.
async fn database(statements: &str) -> String {
    let (name, PostgresService { user, .. }) = (unique("playbook"), &services().postgres);
    superuser(&format!("create database {name} owner {user}")).await;
    let mut own = connect(user, &name).await;
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut own).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
    // What it counted is written when it leaves.
    own.close().await.expect("closed");
    name
}

async fn connect(user: &str, database: &str) -> PgConnection {
    let PostgresService { host, port, password, .. } = &services().postgres;
    PgConnection::connect(&format!("postgres://{user}:{password}@{host}:{port}/{database}")).await.expect("PostgreSQL answers")
}

fn at(changes: Value) -> Target {
    target(changes, &services().postgres.password)
}

/// Until the scenario fails there: what has just begun is not too long yet.
async fn until_it_fails(scenario: &str, target: &Target) {
    while run_within(DEADLINE, &Postgres::new(), scenario, target).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One for each scenario of the playbook.
pub async fn ways() -> Vec<Breakage> {
    let table = [
        (
            "rows that were deleted",
            "create table t (id int) with (autovacuum_enabled = off); insert into t select generate_series(1, 30000); delete from t where id > 10000",
            ("table_sizes", Cause::VacuumBehind),
        ),
        (
            "a statement of five seconds",
            "create view pg_stat_statements as select d.oid as dbid, 'select 1' as query, 12::bigint as calls, 5000::float8 as mean_exec_time, \
             60000::float8 as total_exec_time from pg_database d",
            ("slowest_statements", Cause::StatementsSlow),
        ),
        ("a policy on a table without", "create table t (id int); create policy own on t using (id = 1)", ("row_security_in_use", Cause::PoliciesOff)),
    ];
    let mut ways = Vec::new();
    for (how, statements, breaks) in table {
        ways.push(Breakage::new(how, at(json!({ "database": database(statements).await })), breaks));
    }
    ways.push(lagging().await);
    ways.push(idle_in_transaction().await);
    ways.push(waiting().await);
    ways
}

/// A replica that is five minutes behind, as this role sees it.
async fn lagging() -> Breakage {
    let lags = "create schema staged; create view staged.pg_stat_replication as select 'standby' as application_name, interval '5 minutes' as replay_lag; \
        grant usage on schema staged to public; grant select on staged.pg_stat_replication to public";
    let (database, user) = (database(lags).await, role("login", "search_path = staged, pg_catalog").await);
    Breakage::new("a replica five minutes behind", at(json!({ "database": database, "user": user })), ("replication_lag", Cause::ReplicationLags))
}

async fn idle_in_transaction() -> Breakage {
    let role = role("login", "").await;
    let mut session = connect(&role, &services().postgres.database).await;
    sqlx::raw_sql("begin; select 1").execute(&mut session).await.expect("begun");
    let target = at(json!({ "user": role, "longest_query_seconds": 1 }));
    until_it_fails("connections_used", &target).await;
    Breakage::new("a session that forgot to commit", target, ("connections_used", Cause::IdleInTransaction)).holding(session)
}

/// Seen by a role that does not see what the others run.
pub async fn waiting() -> Breakage {
    let (database, user) = (database("create table t (id int)").await, &services().postgres.user);
    let (mut holds, mut waits) = (connect(user, &database).await, connect(user, &database).await);
    sqlx::raw_sql("begin; lock table t").execute(&mut holds).await.expect("locked");
    let waits = AbortOnDropHandle::new(tokio::spawn(async move { drop(sqlx::raw_sql("select * from t").execute(&mut waits).await) }));
    let target = at(json!({ "database": database, "user": role("login", "").await, "longest_query_seconds": 1 }));
    until_it_fails("locks", &target).await;
    Breakage::new("a session that waits for a lock", target, ("locks", Cause::WaitsForLock)).holding((holds, waits))
}
