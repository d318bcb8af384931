//! Table `runbook_executions`: what is carried out, and which node is at it.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one, execution_steps, heartbeat_nodes::NodeId};
use crate::{on_db, on_tx};
use domain::{
    ids::{ExecutionId, Id, TeamId},
    runbook::execution::{Execution, ExecutionFilter, ExecutionStatus},
    time::Timestamp,
    token_limits::TokenLimits,
};

macro_rules! columns {
    () => {
        "id, runbook_id, runbook_version, name, description, incident_id, connection_id, status, started_by, started_at, signed_off_by, ended_at"
    };
}

/// What the console is to go on with by `$2`, where no living node but `$1` is at it; the longest wait first.
macro_rules! due {
    ($now:literal, $lock:literal) => {
        concat!(
            "select e.id, e.team_id, e.token + 1 as token from runbook_executions e where e.status = 'running' and e.next_at <= $2
            and (e.node_id is null or e.node_id = $1 or not exists
                (select 1 from heartbeat_nodes n where n.id = e.node_id and n.alive_until > ",
            $now,
            ")) order by e.next_at limit $3",
            $lock
        )
    };
}

const GET: &str = concat!("select ", columns!(), " from runbook_executions where team_id = $1 and id = $2");
const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from runbook_executions where team_id = $1 and ($2 is null or runbook_id = $2) and ($3 is null or incident_id = $3) and ($4 is null or status = $4)
    and ($5 is null or (started_at, id) < ($5, $6)) and ($8 is null or exists (select 1 from service_connection_profiles p
        where p.id = connection_id and $8 like '%,' || p.environment || ',%')) order by started_at desc, id desc limit $7"
);
const COUNT_OPEN: &str = "select count(*) from runbook_executions where team_id = $1 and ended_at is null";
const INSERT: &str = "insert into runbook_executions (id, team_id, runbook_id, runbook_version, name, description, incident_id, connection_id, status,
    started_by, starter, started_at, changed_at, next_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)";
const STARTER: &str = "select starter from runbook_executions where team_id = $1 and id = $2";
const HOLD: &str = "update runbook_executions set changed_at = $3 where team_id = $1 and id = $2 and ended_at is null";
const HOLD_CLAIMED: &str = "update runbook_executions set changed_at = $4 where team_id = $1 and id = $2 and token = $3 and status = 'running'";
const TURN: &str = "update runbook_executions set status = $3, next_at = $4, node_id = null where team_id = $1 and id = $2";
const SIGN_OFF: &str = "update runbook_executions set status = 'signed_off', signed_off_by = $3, ended_at = $4, next_at = null, manifest = $5, record = $6
    where team_id = $1 and id = $2";
const CANCEL: &str = "update runbook_executions set status = 'cancelled', ended_at = $3, next_at = null, node_id = null where team_id = $1 and id = $2";
const PACK: &str = "select manifest, record from runbook_executions where team_id = $1 and id = $2 and manifest is not null";
const OLDEST_DUE: &str = "select min(next_at) from runbook_executions where status = 'running'";
const DUE_SQLITE: &str = due!("cast(unixepoch('subsec') * 1000 as integer)", "");
const DUE_POSTGRES: &str = due!("(extract(epoch from clock_timestamp()) * 1000)::bigint", " for no key update of e skip locked");
const TAKE: &str = "update runbook_executions set node_id = $2, token = $3 where id = $1";
const CHANGED: &str = "select team_id, id, changed_at from runbook_executions where changed_at >= $1";

/// An execution that one node is at, under `token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Claimed {
    pub id: ExecutionId,
    pub team_id: TeamId,
    pub token: i64,
}

/// The two files of a pack that are kept in the database, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptPack {
    pub manifest: String,
    pub record: String,
}

/// With its steps.
pub async fn get(db: &TeamDb, id: ExecutionId) -> StoreResult<Option<Execution>> {
    let found: Option<Execution> = on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)?;
    let Some(mut execution) = found else { return Ok(None) };
    execution.steps = execution_steps::of(db, id).await?;
    Ok(Some(execution))
}

/// As [`get`], seeing what this unit of work has written.
pub async fn get_in(tx: &mut TeamTx, id: ExecutionId) -> StoreResult<Option<Execution>> {
    let team = tx.team();
    let found: Option<Execution> = on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)?;
    let Some(mut execution) = found else { return Ok(None) };
    execution.steps = execution_steps::of_in(tx, id).await?;
    Ok(Some(execution))
}

/// The newest first of those about a connection that `limits` cover, beginning after the one of that moment and id; without steps.
pub async fn latest(
    db: &TeamDb,
    limits: &TokenLimits,
    filter: ExecutionFilter,
    after: Option<(Timestamp, ExecutionId)>,
    limit: i64,
) -> StoreResult<Vec<Execution>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(filter.runbook)
        .bind(filter.incident)
        .bind(filter.status)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .bind(limits.environment_names())
        .fetch_all(pool)
        .await)
}

/// How many are not over.
pub async fn count_open(tx: &mut TeamTx) -> StoreResult<i64> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT_OPEN).bind(team).fetch_one(connection).await)
}

/// With its steps. `starter` is who answers for its beginning; `next_at` when the console goes on.
pub async fn insert(tx: &mut TeamTx, execution: &Execution, starter: Option<Id<()>>, next_at: Option<Timestamp>) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(execution.id)
        .bind(team)
        .bind(execution.runbook_id)
        .bind(execution.runbook_version)
        .bind(&execution.name)
        .bind(&execution.description)
        .bind(execution.incident_id)
        .bind(execution.connection_id)
        .bind(execution.status)
        .bind(&execution.started_by)
        .bind(starter)
        .bind(execution.started_at)
        .bind(next_at)
        .execute(connection)
        .await
        .map(drop))?;
    for step in &execution.steps {
        execution_steps::insert(tx, execution.id, step).await?;
    }
    Ok(())
}

/// Who began it.
pub async fn starter(tx: &mut TeamTx, id: ExecutionId) -> StoreResult<Option<Id<()>>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(STARTER).bind(team).bind(id).fetch_one(connection).await)
}

/// Holds it against everybody else until the unit of work ends. False when it is over, or not there.
pub async fn hold(tx: &mut TeamTx, id: ExecutionId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(HOLD).bind(team).bind(id).bind(now).execute(connection).await.map(affected_one))
}

/// The same for the node that is at it. False when a person has turned it round meanwhile, or another node has taken it over.
pub async fn hold_claimed(tx: &mut TeamTx, claimed: Claimed, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(HOLD_CLAIMED).bind(team).bind(claimed.id).bind(claimed.token).bind(now).execute(connection).await.map(affected_one))
}

/// What comes next. `next_at` is when the console goes on, and there only while it is running.
pub async fn turn(tx: &mut TeamTx, id: ExecutionId, status: ExecutionStatus, next_at: Option<Timestamp>) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(TURN).bind(team).bind(id).bind(status).bind(next_at).execute(connection).await.map(drop))
}

pub async fn sign_off(tx: &mut TeamTx, id: ExecutionId, by: &str, now: Timestamp, pack: &KeptPack) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(SIGN_OFF)
        .bind(team)
        .bind(id)
        .bind(by)
        .bind(now)
        .bind(&pack.manifest)
        .bind(&pack.record)
        .execute(connection)
        .await
        .map(drop))
}

pub async fn cancel(tx: &mut TeamTx, id: ExecutionId, now: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(CANCEL).bind(team).bind(id).bind(now).execute(connection).await.map(drop))
}

/// None before it is signed off.
pub async fn pack(db: &TeamDb, id: ExecutionId) -> StoreResult<Option<KeptPack>> {
    on_db!(db, |pool| sqlx::query_as(PACK).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// When the console is to go on with anything, of any team.
pub async fn oldest_due(db: &Db) -> StoreResult<Option<Timestamp>> {
    on_db!(db, |pool| sqlx::query_scalar(OLDEST_DUE).fetch_one(pool).await)
}

/// At most `limit` of any team that nobody else who lives is at, each with the token that [`take`] would take it under.
pub async fn due(tx: &mut Tx, node: NodeId, now: Timestamp, limit: i64) -> StoreResult<Vec<Claimed>> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { DUE_SQLITE } else { DUE_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(node).bind(now).bind(limit).fetch_all(connection).await)
}

/// Takes what [`due`] found in the same unit of work.
pub async fn take(tx: &mut Tx, node: NodeId, claimed: Claimed) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(TAKE).bind(claimed.id).bind(node).bind(claimed.token).execute(connection).await.map(drop))
}

/// Of every team, what was changed at `since` or later.
pub async fn changed_since(db: &Db, since: Timestamp) -> StoreResult<Vec<(TeamId, ExecutionId, Timestamp)>> {
    on_db!(db, |pool| sqlx::query_as(CHANGED).bind(since).fetch_all(pool).await)
}
