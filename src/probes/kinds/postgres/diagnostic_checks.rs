//! What only diagnostics ask of a PostgreSQL: that it keeps what is written, and how near it is to its limits.

use serde_json::json;

use super::session::Session;
use crate::kinds::{Artefact, Cause, Failure, Finding, Target};

/// Percent of the allowed connections in use from which on it warns, and fails.
const WARNS_AT: i64 = 80;
const FAILS_AT: i64 = 95;
/// How long a query may run unless the settings say otherwise, in seconds.
pub const DEFAULT_LONGEST_SECONDS: i64 = 300;

/// Writes and reads a temporary table inside a transaction that is always rolled back.
pub async fn round_trip(target: &Target) -> Result<Finding, Failure> {
    let session = Session::open(target).await?;
    if target.flag("allow_replica") && session.row("select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean").await? == ["t"] {
        return Ok(Finding::not_tried("this one only reads, which the settings allow."));
    }
    let outcome = write_and_read(&session).await;
    // Were this to fail, the end of the session rolls back as well.
    let rolled_back = session.run("rollback").await;
    let plan = outcome?;
    rolled_back?;
    let left = session.row("select to_regclass('pg_temp.switchboard_round_trip') is not null").await?;
    session.close().await;
    if left == ["f"] {
        Ok(Finding::from("Wrote a row, read it back, and rolled back.").with(plan))
    } else {
        Err(differs("The table is still there after the rollback."))
    }
}

async fn write_and_read(session: &Session) -> Result<Artefact, Failure> {
    let value = uuid::Uuid::new_v4().to_string();
    session.run("begin").await?;
    session.run("create temporary table switchboard_round_trip (id integer primary key, value text not null) on commit drop").await?;
    session.run(&format!("insert into pg_temp.switchboard_round_trip values (1, '{value}')")).await?;
    let read = session.row("select value from pg_temp.switchboard_round_trip where id = 1").await?;
    if read != [value] {
        return Err(differs("Another value was read than was written."));
    }
    let plan = session.rows("explain (analyze, buffers) select value from pg_temp.switchboard_round_trip where id = 1").await?;
    Ok(Artefact::text("query-plan", plan.concat().join("\n")))
}

fn differs(found: &str) -> Failure {
    Failure::new(Cause::RoundTripDiffers, found)
}

pub async fn role(target: &Target) -> Result<Finding, Failure> {
    let rights = "select current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = current_user";
    let row = super::scenarios::ask(target, rights).await?;
    let [name, superuser, bypass, create_role, create_database, replication] = &row[..] else { return Err(super::failure::not_postgres()) };
    let evidence = Artefact::json(
        "role",
        &json!({ "name": name, "superuser": superuser == "t", "bypassrls": bypass == "t", "createrole": create_role == "t",
            "createdb": create_database == "t", "replication": replication == "t" }),
    );
    let too_much = match (superuser.as_str(), bypass.as_str()) {
        ("t", _) => "is a superuser",
        (_, "t") => "has BYPASSRLS",
        _ => return Ok(Finding::from(format!("{name} is neither superuser nor exempt from row security.")).with(evidence)),
    };
    Err(Failure::new(Cause::RoleTooPowerful, format!("{name} {too_much}.")).with(evidence))
}

/// Every protected table is there and has row-level security; the first that fails is told.
pub async fn row_security(target: &Target) -> Result<Finding, Failure> {
    let tables: Vec<_> = target.list("protected_tables").collect();
    if tables.is_empty() {
        return Ok(Finding::not_used("no tables are named as protected."));
    }
    let session = Session::open(target).await?;
    let mut seen = Vec::with_capacity(tables.len());
    for table in &tables {
        let of = super::session::literal(table);
        let query = format!(
            "select coalesce((select case when c.relkind in ('v', 'm') then 'view' else c.relrowsecurity::text end from pg_class c where c.oid = to_regclass({of})), 'missing'), (select count(*) from pg_policy p where p.polrelid = to_regclass({of}))"
        );
        let row = session.row(&query).await?;
        let [state, policies] = &row[..] else { return Err(super::failure::not_postgres()) };
        seen.push(json!({ "table": table, "row_security": state, "policies": policies }));
        let failed = match state.as_str() {
            "true" => continue,
            "missing" => Failure::new(Cause::TableMissing, format!("There is no table {table}.")),
            "view" => Failure::new(Cause::TableMissing, format!("{table} is a view; name the tables that it reads.")),
            _ => Failure::new(Cause::RowSecurityOff, format!("Row-level security of {table} is off.")),
        };
        return Err(failed.with(Artefact::json("tables", &seen.into())));
    }
    session.close().await;
    let found = if tables.len() == 1 { format!("On for {}.", tables.concat()) } else { format!("On for all {} tables.", tables.len()) };
    Ok(Finding::from(found).with(Artefact::json("tables", &seen.into())))
}

/// Connections in use against whichever limit is nearest: of the server, the database or the role.
pub async fn connections(target: &Target) -> Result<Finding, Failure> {
    let session = Session::open(target).await?;
    let settings = settings(&session).await?;
    let rows = session.rows(LIMITS).await?;
    session.close().await;
    let (of, used, limit) = nearest(&rows)?;
    let percent = used * 100 / limit;
    let found = format!("{used} of {limit} connections of the {of} are in use ({percent} %).");
    match percent {
        FAILS_AT.. => Err(Failure::new(Cause::NearLimit, found).with(settings)),
        WARNS_AT.. => Err(Failure::warning(Cause::NearLimit, found).with(settings)),
        _ => Ok(Finding::from(found).with(settings)),
    }
}

/// The limit that is nearest, of the rows of [`LIMITS`]: whose it is, how many connections are in use, and how many may be.
pub fn nearest(rows: &[Vec<String>]) -> Result<(&str, i64, i64), Failure> {
    let limits = rows.iter().filter_map(|row| Some((row.first()?.as_str(), row.get(1)?.parse::<i64>().ok()?, row.get(2)?.parse::<i64>().ok()?)));
    limits.filter(|(_, _, limit)| *limit > 0).max_by_key(|(_, used, limit)| used * 10_000 / limit).ok_or_else(super::failure::not_postgres)
}

/// Only what every role may see.
pub const LIMITS: &str = "select 'server', (select sum(numbackends) from pg_stat_database), \
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int \
    union all select 'database', (select numbackends from pg_stat_database where datid = d.oid), d.datconnlimit from pg_database d where datname = current_database() \
    union all select 'role', (select count(*) from pg_stat_activity where usesysid = r.oid), r.rolconnlimit from pg_roles r where rolname = session_user";

async fn settings(session: &Session) -> Result<Artefact, Failure> {
    let named = "select name, setting || coalesce(' ' || unit, '') from pg_settings where name in ('server_version', 'max_connections', \
        'superuser_reserved_connections', 'shared_buffers', 'work_mem', 'statement_timeout', 'idle_in_transaction_session_timeout', 'ssl', \
        'password_encryption', 'default_transaction_isolation', 'TimeZone', 'wal_level', 'synchronous_commit', 'fsync') order by name";
    let rows = session.rows(named).await?;
    Ok(Artefact::text("settings", rows.iter().map(|row| row.join(" = ")).collect::<Vec<_>>().join("\n")))
}

/// The longest running query that the role may see: its own role's, unless it has `pg_read_all_stats`. Its text is not kept; it may hold data.
pub async fn longest_query(target: &Target) -> Result<Finding, Failure> {
    let query = "select coalesce(max(extract(epoch from clock_timestamp() - query_start))::bigint, 0), count(*) from pg_stat_activity \
        where state = 'active' and pid <> pg_backend_pid() and backend_type = 'client backend'";
    let row = super::scenarios::ask(target, query).await?;
    let [seconds, running] = &row[..] else { return Err(super::failure::not_postgres()) };
    let longest: i64 = seconds.parse().unwrap_or_default();
    let measured = [("longest_query_seconds", longest as f64)];
    if running == "0" {
        return Ok(Finding::from("No other query is running that this role may see.").measuring(measured));
    }
    let found = format!("Running queries: {running}; the longest for {seconds} s.");
    if longest > budget(target) { Err(Failure::new(Cause::LongRunningQuery, found).measuring(measured)) } else { Ok(Finding::from(found).measuring(measured)) }
}

/// Seconds that something may take which others wait for.
pub fn budget(target: &Target) -> i64 {
    Some(target.number("longest_query_seconds")).filter(|budget| *budget > 0).unwrap_or(DEFAULT_LONGEST_SECONDS)
}
