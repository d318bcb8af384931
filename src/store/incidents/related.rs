//! Table `incidents`: those that belong to one another.

use crate::{StoreResult, TeamTx, affected_one, on_tx};
use domain::{ids::IncidentId, time::Timestamp};

/// Whatever is merged into the one that is merged goes along, so that no way from one to another is longer than a step.
const MERGE: &str = "update incidents set merged_into = $3, version = version + 1, updated_at = $4 where team_id = $1 and (id = $2 or merged_into = $2)";
const SPLIT: &str = "update incidents set merged_into = null, version = version + 1, updated_at = $3
    where team_id = $1 and id = $2 and merged_into is not null";
const PARTS: &str = "select id from incidents where team_id = $1 and merged_into = $2 and status <> 'resolved'";

/// Makes `id`, and what is merged into it, parts of `into`.
pub async fn merge(tx: &mut TeamTx, id: IncidentId, into: IncidentId, at: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(MERGE).bind(team).bind(id).bind(into).bind(at).execute(connection).await.map(drop))
}

/// False when it was part of none.
pub async fn split(tx: &mut TeamTx, id: IncidentId, at: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(SPLIT).bind(team).bind(id).bind(at).execute(connection).await.map(affected_one))
}

/// Those that are not resolved of what is merged into `id`.
pub async fn unresolved_parts(tx: &mut TeamTx, id: IncidentId) -> StoreResult<Vec<IncidentId>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(PARTS).bind(team).bind(id).fetch_all(connection).await)
}
