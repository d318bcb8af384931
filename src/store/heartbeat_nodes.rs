//! Table `heartbeat_nodes`: which schedulers are alive, by the database's own clock.

use std::time::Duration;

use super::{StoreResult, Tx};
use crate::on_tx;
use domain::ids::Id;

/// A running scheduler.
pub struct Node;
pub type NodeId = Id<Node>;

const RENEW_SQLITE: &str = "insert into heartbeat_nodes (id, alive_until, opens_addresses) values ($1, cast(unixepoch('subsec') * 1000 as integer) + $2, true)
    on conflict (id) do update set alive_until = excluded.alive_until";
const RENEW_POSTGRES: &str =
    "insert into heartbeat_nodes (id, alive_until, opens_addresses) values ($1, (extract(epoch from clock_timestamp()) * 1000)::bigint + $2, true)
    on conflict (id) do update set alive_until = excluded.alive_until";
const LEAVE: &str = "delete from heartbeat_nodes where id = $1";
const FORGET_SQLITE: &str = "delete from heartbeat_nodes where alive_until < cast(unixepoch('subsec') * 1000 as integer) - $1";
const FORGET_POSTGRES: &str = "delete from heartbeat_nodes where alive_until < (extract(epoch from clock_timestamp()) * 1000)::bigint - $1";
const FORGET_ALL: &str = "delete from heartbeat_nodes";

/// The claims of `node` hold for another `lease`.
pub async fn renew(tx: &mut Tx, node: NodeId, lease: Duration) -> StoreResult<()> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { RENEW_SQLITE } else { RENEW_POSTGRES };
    on_tx!(tx, |connection| sqlx::query(sql).bind(node).bind(millis(lease)).execute(connection).await.map(drop))
}

/// The claims of `node` hold no longer.
pub async fn leave(tx: &mut Tx, node: NodeId) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(LEAVE).bind(node).execute(connection).await.map(drop))
}

/// Removes the rows of nodes that have been gone for longer than `past`.
pub async fn forget(tx: &mut Tx, past: Duration) -> StoreResult<()> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { FORGET_SQLITE } else { FORGET_POSTGRES };
    on_tx!(tx, |connection| sqlx::query(sql).bind(millis(past)).execute(connection).await.map(drop))
}

/// Ends every claim: whoever calls it knows that no other node is alive.
pub async fn forget_all(tx: &mut Tx) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(FORGET_ALL).execute(connection).await.map(drop))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
