//! Claims: a node takes what is due, and nobody else does until the node is gone.

use serde::Deserialize;
use sqlx::types::Json;

use crate::{Db, StoreResult, Tx, bulk, bulk::Bulk, heartbeat_nodes::NodeId, on_db, on_tx};
use domain::{
    heartbeat::Slot,
    ids::{ProfileId, TeamId},
};

/// What may be claimed: nobody who lives works on it.
macro_rules! free {
    ($which:literal, $now:literal) => {
        concat!(
            "select s.key, s.connection_id, s.team_id, s.team_key, s.token + 1 as token, s.begins_at, s.next_slot, s.interval_seconds, p.version
            from connection_schedules s join service_connection_profiles p on p.id = s.connection_id
            where s.is_active and p.state = 'active' and ",
            $which,
            " and (s.node_id is null or not exists
                (select 1 from heartbeat_nodes n where n.id = s.node_id and n.alive_until > ",
            $now,
            ")) order by s.next_slot limit $3"
        )
    };
}

/// As one value: each row on its own would wake its reader. On SQLite a unit of work is alone, so what is read here can be taken after it.
macro_rules! read_sqlite {
    ($which:literal) => {
        concat!(
            "select json_group_array(json_array(key, hex(connection_id), hex(team_id), team_key, token, begins_at, next_slot, interval_seconds, version))
            from (",
            free!($which, "cast(unixepoch('subsec') * 1000 as integer)"),
            ")"
        )
    };
}

macro_rules! take_postgres {
    ($which:literal) => {
        concat!(
            "with free as (",
            free!($which, "(extract(epoch from clock_timestamp()) * 1000)::bigint"),
            " for update of s skip locked), taken as (
                update connection_schedules s set node_id = $1, token = free.token from free where s.key = free.key returning free.*)
            select coalesce(json_agg(json_build_array(
                key, connection_id, team_id, team_key, token, begins_at, next_slot, interval_seconds, version)), '[]') from taken"
        )
    };
}

const DUE_SQLITE: &str = read_sqlite!("s.next_slot <= $2");
const DUE_POSTGRES: &str = take_postgres!("s.next_slot <= $2");
const NAMED_SQLITE: &str =
    read_sqlite!("s.team_id = $2 and ($4 is null or lower(hex(s.connection_id)) in (select replace(value, '-', '') from json_each($4)))");
const NAMED_POSTGRES: &str = take_postgres!("s.team_id = $2 and ($4::jsonb is null or s.connection_id::text in (select jsonb_array_elements_text($4)))");
const TAKE_SQLITE: &str = "update connection_schedules set node_id = $1, token = token + 1 where key in (select value from json_each($2))";

/// A schedule that this node holds under `token`.
#[derive(Clone, Debug, Deserialize)]
pub struct Claimed {
    pub key: i32,
    pub connection_id: ProfileId,
    pub team_id: TeamId,
    pub team_key: i32,
    pub token: i64,
    pub begins_at: Slot,
    pub next_slot: Slot,
    pub interval_seconds: i32,
    /// Of the connection, as it was when it was claimed.
    pub version: i64,
}

const OF_NODE: &str = "select key, token from connection_schedules where node_id = $1";
const FREE: Bulk = bulk!(
    "update connection_schedules set node_id = null from ",
    "where connection_schedules.key = cast(r.value ->> 0 as bigint) and token = cast(r.value ->> 1 as bigint)"
);

/// A schedule, and the token that it is held under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Hold {
    pub key: i32,
    pub token: i64,
}

/// At most `limit` connections of any team that are due by `now`.
pub async fn due(tx: &mut Tx, node: NodeId, now: Slot, limit: i64) -> StoreResult<Vec<Claimed>> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { DUE_SQLITE } else { DUE_POSTGRES };
    let claimed = on_tx!(tx, |connection| sqlx::query_scalar(sql).bind(node).bind(now).bind(limit).fetch_one(connection).await)?;
    take(tx, node, claimed).await
}

/// At most `limit` connections of a team, due or not: all of them, or those named. What another node works on is left to it.
pub async fn named(tx: &mut Tx, node: NodeId, team: TeamId, ids: Option<&[ProfileId]>, limit: i64) -> StoreResult<Vec<Claimed>> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { NAMED_SQLITE } else { NAMED_POSTGRES };
    let claimed = on_tx!(tx, |connection| sqlx::query_scalar(sql).bind(node).bind(team).bind(limit).bind(ids.map(Json)).fetch_one(connection).await)?;
    take(tx, node, claimed).await
}

/// What PostgreSQL has taken already.
async fn take(tx: &mut Tx, node: NodeId, Json(claimed): Json<Vec<Claimed>>) -> StoreResult<Vec<Claimed>> {
    if let Tx::Sqlite(transaction) = tx
        && !claimed.is_empty()
    {
        let keys: Vec<_> = claimed.iter().map(|claimed| claimed.key).collect();
        sqlx::query(TAKE_SQLITE).bind(node).bind(Json(keys)).execute(transaction.connection()?).await?;
    }
    Ok(claimed)
}

/// Everything that a node holds.
pub async fn of_node(db: &Db, node: NodeId) -> StoreResult<Vec<Hold>> {
    on_db!(db, |pool| sqlx::query_as(OF_NODE).bind(node).fetch_all(pool).await)
}

/// Lets go of what is still held under these tokens.
pub async fn free(tx: &mut Tx, holds: &[Hold]) -> StoreResult<()> {
    let sql = FREE.on(tx);
    let holds: Vec<_> = holds.iter().map(|hold| (hold.key, hold.token)).collect();
    on_tx!(tx, |connection| sqlx::query(sql).bind(Json(&holds)).execute(connection).await.map(drop))
}
