//! Whether a node of a cluster can serve: it answers PING even while the cluster is down.

use std::collections::HashMap;

use redis::Value;

use super::{
    failure::Stage,
    session::{Session, facts},
};
use crate::kinds::{Cause, Failure};

/// What the node says of its cluster; none where there is no cluster, or where the user may not ask.
///
/// `HELLO` tells it without an entry in the server's statistics of errors, and most users may send it. Servers before version 6 do not know it.
pub async fn state(session: &mut Session) -> Option<HashMap<String, String>> {
    let mode = match mode_by_hello(session).await {
        Some(mode) => mode,
        None => mode_by_info(session).await?,
    };
    if mode != "cluster" {
        return None;
    }
    let told: String = session.ask(redis::cmd("CLUSTER").arg("INFO"), Stage::Asking("CLUSTER INFO")).await.ok()?;
    Some(facts(&told))
}

async fn mode_by_hello(session: &mut Session) -> Option<String> {
    let hello: Vec<Value> = session.ask(&redis::cmd("HELLO"), Stage::Asking("HELLO")).await.ok()?;
    let text = |value: &Value| redis::from_redis_value_ref::<String>(value).unwrap_or_default();
    hello.chunks(2).find(|pair| text(&pair[0]) == "mode")?.get(1).map(text)
}

async fn mode_by_info(session: &mut Session) -> Option<String> {
    let server: String = session.ask(redis::cmd("INFO").arg("server"), Stage::Asking("INFO")).await.ok()?;
    facts(&server).remove("redis_mode")
}

/// # Errors
/// The cluster takes no requests.
pub fn judge(facts: &HashMap<String, String>) -> Result<String, Failure> {
    let fact = |name| facts.get(name).map_or("?", String::as_str);
    let slots = format!("{} of 16384 slots are served, {} nodes are known", fact("cluster_slots_ok"), fact("cluster_known_nodes"));
    match fact("cluster_state") {
        "ok" => Ok(format!("its cluster is up: {slots}")),
        _ => Err(Failure::new(Cause::ClusterDown, format!("PING answers PONG, but the cluster is down: {slots}."))),
    }
}
