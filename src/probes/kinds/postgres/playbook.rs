//! What a person asks who looks for why a PostgreSQL is slow or full: sessions, locks, sizes, statements, policies, replicas. It reads, in a transaction
//! that can do nothing else, and ends nothing.

use serde_json::{Value, json};

use super::{
    diagnostic_checks::{LIMITS, budget, nearest},
    failure::not_postgres,
    session::Session,
};
use crate::kinds::{Artefact, Cause, Failure, Finding, Target};

/// A table whose deleted rows are more than this, and more than a fifth of all, is told of.
const MOST_DEAD: i64 = 10_000;
/// Milliseconds that a statement may take on average.
const SLOW_STATEMENT: f64 = 2_000.0;
/// Seconds that a replica may lag behind.
const MOST_LAG: f64 = 60.0;
/// Longest part of a statement that is kept, in characters; pg_stat_statements has taken the values out of it.
const LONGEST_STATEMENT: usize = 300;

const SESSIONS: &str = "select coalesce(state, 'not visible to this role'), count(*), \
    coalesce(max(extract(epoch from clock_timestamp() - state_change))::bigint, 0) from pg_stat_activity \
    where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1 order by 2 desc";
const WAITING: &str = "select a.pid, l.locktype, l.mode, extract(epoch from clock_timestamp() - l.waitstart)::bigint, \
    array_to_string(pg_blocking_pids(a.pid), ', ') from pg_locks l join pg_stat_activity a on a.pid = l.pid \
    where not l.granted and l.waitstart is not null and a.datname = current_database() order by l.waitstart limit 50";
/// As of the last vacuum or analyze: `pg_total_relation_size` would wait for whoever has locked a table, which is when this is asked.
const SIZES: &str = "select s.schemaname || '.' || s.relname, current_setting('block_size')::bigint * (c.relpages + coalesce(t.relpages, 0) \
    + coalesce((select sum(x.relpages) from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid), 0)::bigint), s.n_live_tup, s.n_dead_tup \
    from pg_stat_user_tables s join pg_class c on c.oid = s.relid left join pg_class t on t.oid = c.reltoastrelid order by 2 desc limit 20";
const STATEMENTS: &str = "select round(mean_exec_time::numeric, 1), calls, round(total_exec_time::numeric, 1), query from pg_stat_statements \
    where dbid = (select oid from pg_database where datname = current_database()) order by mean_exec_time desc limit 10";
const POLICIES: &str = "select n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity, (select count(*) from pg_policy p where p.polrelid = c.oid) \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') \
    and n.nspname not like 'pg_toast%' and n.nspname not like 'pg_temp%' order by 1 limit 500";
const REPLICAS: &str =
    "select coalesce(nullif(application_name, ''), 'replica'), coalesce(extract(epoch from replay_lag), 0) from pg_stat_replication order by 2 desc";
const BEHIND: &str = "select extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())";

/// Every row of `query`, read in a transaction that only reads.
async fn read(session: &Session, query: &str) -> Result<Vec<Vec<String>>, Failure> {
    session.run("begin transaction read only").await?;
    let rows = session.rows(query).await;
    session.run("rollback").await?;
    rows
}

async fn ask(target: &Target, query: &str) -> Result<Vec<Vec<String>>, Failure> {
    let session = Session::open(target).await?;
    let rows = read(&session, query).await?;
    session.close().await;
    Ok(rows)
}

/// Rows as JSON, under the names of their columns.
fn table(name: &str, columns: &[&str], rows: &[Vec<String>]) -> Artefact {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| columns.iter().zip(row).map(|(column, value)| ((*column).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into())
        .collect();
    Artefact::json(name, &rows.into())
}

fn number<T: std::str::FromStr + Default>(row: &[String], at: usize) -> T {
    row.get(at).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Sessions by state, and how near that is to the limit. A role that may not see others' states is told so in a state of its own.
pub async fn sessions(target: &Target) -> Result<Finding, Failure> {
    let session = Session::open(target).await?;
    let (rows, limits) = (read(&session, SESSIONS).await?, read(&session, LIMITS).await?);
    session.close().await;
    let (_, used, limit) = nearest(&limits)?;
    let of =
        |state: &str| rows.iter().filter(|row| row[0] == state || (state == "idle in transaction" && row[0].starts_with(state))).cloned().collect::<Vec<_>>();
    let (idle, held) = (of("idle"), of("idle in transaction"));
    let longest: i64 = held.iter().map(|row| number(row, 2)).max().unwrap_or_default();
    let idle: i64 = idle.iter().map(|row| number::<i64>(row, 1)).sum();
    let evidence = table("sessions", &["state", "sessions", "longest_seconds"], &rows);
    let measured = [("connections_used", (used * 100 / limit) as f64), ("sessions_idle", idle as f64), ("idle_in_transaction_seconds", longest as f64)];
    if longest > budget(target) {
        let found = format!("A session has been idle in a transaction for {longest} s.");
        return Err(Failure::new(Cause::IdleInTransaction, found).with(evidence).measuring(measured));
    }
    let states: Vec<_> = rows.iter().map(|row| format!("{} {}", row[1], row[0])).collect();
    let found = if states.is_empty() { "No other sessions.".to_owned() } else { format!("Sessions: {}.", states.join(", ")) };
    Ok(Finding::from(found).with(evidence).measuring(measured))
}

pub async fn locks(target: &Target) -> Result<Finding, Failure> {
    let rows = ask(target, WAITING).await?;
    let longest: i64 = rows.iter().map(|row| number(row, 3)).max().unwrap_or_default();
    let evidence = table("locks", &["pid", "type", "mode", "waiting_seconds", "blocked_by"], &rows);
    let measured = [("lock_wait_seconds", longest as f64)];
    let Some(first) = rows.first() else { return Ok(Finding::from("Nobody waits for a lock.").with(evidence).measuring(measured)) };
    let found = format!(
        "Sessions that wait for a lock: {}; the longest for {longest} s, for what {} holds.",
        rows.len(),
        first.get(4).map_or("another", String::as_str)
    );
    if longest > budget(target) {
        Err(Failure::new(Cause::WaitsForLock, found).with(evidence).measuring(measured))
    } else {
        Ok(Finding::from(found).with(evidence).measuring(measured))
    }
}

pub async fn table_sizes(target: &Target) -> Result<Finding, Failure> {
    let rows = ask(target, SIZES).await?;
    let evidence = table("table-sizes", &["table", "bytes", "rows", "deleted_rows"], &rows);
    let Some(largest) = rows.first() else { return Ok(Finding::from("There are no tables that this role may see.").with(evidence)) };
    let measured = [("largest_table_bytes", number(largest, 1))];
    let full = rows.iter().find(|row| number::<i64>(row, 3) > MOST_DEAD && number::<i64>(row, 3) * 4 > number(row, 2));
    if let Some(full) = full {
        let found = format!("{} has {} deleted rows beside {} that are there.", full[0], full[3], full[2]);
        return Err(Failure::new(Cause::VacuumBehind, found).with(evidence).measuring(measured));
    }
    Ok(Finding::from(format!("The largest is {}, of about {} bytes.", largest[0], largest[1])).with(evidence).measuring(measured))
}

/// What pg_stat_statements knows, where it is there.
pub async fn slowest_statements(target: &Target) -> Result<Finding, Failure> {
    let session = Session::open(target).await?;
    if read(&session, "select to_regclass('pg_stat_statements') is not null").await?.concat() != ["t"] {
        return Ok(Finding::not_used("pg_stat_statements is not installed in this database, so nobody counts what its statements take."));
    }
    let mut rows = read(&session, STATEMENTS).await?;
    session.close().await;
    for row in &mut rows {
        if let Some(statement) = row.get_mut(3) {
            *statement = statement.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_STATEMENT).collect();
        }
    }
    let evidence = table("slowest-statements", &["mean_ms", "calls", "total_ms", "statement"], &rows);
    let Some(slowest) = rows.first() else { return Ok(Finding::from("No statement was counted yet.").with(evidence)) };
    let mean: f64 = number(slowest, 0);
    let measured = [("slowest_statement_ms", mean)];
    let found = format!("The slowest statement takes {mean} ms on average, over {} calls.", slowest[1]);
    if mean > SLOW_STATEMENT {
        Err(Failure::new(Cause::StatementsSlow, found).with(evidence).measuring(measured))
    } else {
        Ok(Finding::from(found).with(evidence).measuring(measured))
    }
}

/// Which tables row-level security is in use on, and which have policies that do nothing.
pub async fn row_security(target: &Target) -> Result<Finding, Failure> {
    let rows = ask(target, POLICIES).await?;
    let evidence = table("row-security", &["table", "row_security", "forced", "policies"], &rows);
    let is_on = |row: &&Vec<String>| row.get(1).is_some_and(|on| on == "t");
    let idle: Vec<_> = rows.iter().filter(|row| !is_on(row) && number::<i64>(row, 3) > 0).map(|row| row[0].as_str()).collect();
    if !idle.is_empty() {
        let found = format!("Policies without row-level security: {}.", idle.into_iter().take(5).collect::<Vec<_>>().join(", "));
        return Err(Failure::new(Cause::PoliciesOff, found).with(evidence));
    }
    Ok(Finding::from(format!("On for {} of {} tables.", rows.iter().filter(is_on).count(), rows.len())).with(evidence))
}

/// How far a replica is behind, or the replicas of this one.
pub async fn replication_lag(target: &Target) -> Result<Finding, Failure> {
    let session = Session::open(target).await?;
    let is_replica = read(&session, "select pg_is_in_recovery()").await?.concat() == ["t"];
    let rows = read(&session, if is_replica { BEHIND } else { REPLICAS }).await?;
    session.close().await;
    let lag = if is_replica { rows.first().and_then(|row| row.first()?.parse::<f64>().ok()) } else { rows.first().map(|row| number(row, 1)) };
    let Some(lag) = lag else {
        return match (is_replica, rows.is_empty()) {
            (true, false) => Ok("This replica has replayed nothing yet, so its lag is not known.".into()),
            (true, true) => Err(not_postgres()),
            (false, _) => Ok(Finding::not_used("nothing is replicated from here.")),
        };
    };
    let found = format!("{} {lag:.1} s behind.", if is_replica { "This replica is" } else { "The slowest replica is" });
    let measured = [("replication_lag_seconds", lag)];
    if lag > MOST_LAG { Err(Failure::new(Cause::ReplicationLags, found).measuring(measured)) } else { Ok(Finding::from(found).measuring(measured)) }
}
