//! Table `audit_entries`: a chain for each team, to which rows are only added.

use serde_json::Value;
use sqlx::types::Json;

use super::{StoreResult, TeamDb, Tx};
use crate::{on_db, on_tx};
use domain::{
    audit::AuditFilter,
    correlation_id::CorrelationId,
    ids::{Id, TeamId},
    time::Timestamp,
};

macro_rules! columns {
    ($rest:literal) => {
        concat!("select sequence, at, actor, actor_id, act, thing, thing_id, client, correlation_id, detail, key_id, previous, mac from audit_entries ", $rest)
    };
}

const AFTER: &str = columns!("where team_id = $1 and sequence > $2 order by sequence limit $3");
const LATEST: &str = columns!(
    "where team_id = $1 and ($2 is null or sequence < $2) and ($3 is null or actor = $3) and ($4 is null or act = $4)
    and ($5 is null or thing = $5 or thing_id = $5) and ($6 is null or at >= $6) and ($7 is null or at < $7)
    order by sequence desc limit $8"
);
const UNDER: &str = columns!("where team_id = $1 and correlation_id = $2 order by sequence limit $3");
const APPEND: &str = "insert into audit_entries
    (team_id, sequence, at, actor, actor_id, act, thing, thing_id, client, correlation_id, detail, key_id, previous, mac)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// A row as it lies there. Its words are not understood yet, because somebody may have changed them, or a newer program written them.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct StoredEntry {
    pub sequence: i64,
    pub at: Timestamp,
    pub actor: String,
    /// Of the person or token.
    pub actor_id: Option<Id<()>>,
    pub act: String,
    pub thing: String,
    pub thing_id: Option<String>,
    pub client: String,
    pub correlation_id: String,
    #[sqlx(json)]
    pub detail: Value,
    pub key_id: String,
    pub previous: Option<Vec<u8>>,
    pub mac: Vec<u8>,
}

/// At most `limit` entries that follow the one numbered `sequence`, the oldest first.
pub async fn after(db: &TeamDb, sequence: i64, limit: i64) -> StoreResult<Vec<StoredEntry>> {
    on_db!(db, |pool| sqlx::query_as(AFTER).bind(db.team()).bind(sequence).bind(limit).fetch_all(pool).await)
}

/// At most `limit` that match and lie before the one numbered `before`, the newest first.
pub async fn latest(db: &TeamDb, filter: &AuditFilter, before: Option<i64>, limit: i64) -> StoreResult<Vec<StoredEntry>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(before)
        .bind(&filter.actor)
        .bind(filter.act)
        .bind(&filter.thing)
        .bind(filter.from)
        .bind(filter.to)
        .bind(limit)
        .fetch_all(pool)
        .await)
}

/// At most `limit` acts under a correlation ID, the oldest first.
pub async fn under(db: &TeamDb, id: &CorrelationId, limit: i64) -> StoreResult<Vec<StoredEntry>> {
    on_db!(db, |pool| sqlx::query_as(UNDER).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)
}

/// Fails with a unique violation when there is one of that number.
pub async fn append(tx: &mut Tx, team: TeamId, entry: &StoredEntry) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(APPEND)
        .bind(team)
        .bind(entry.sequence)
        .bind(entry.at)
        .bind(&entry.actor)
        .bind(entry.actor_id)
        .bind(&entry.act)
        .bind(&entry.thing)
        .bind(&entry.thing_id)
        .bind(&entry.client)
        .bind(&entry.correlation_id)
        .bind(Json(&entry.detail))
        .bind(&entry.key_id)
        .bind(&entry.previous)
        .bind(&entry.mac)
        .execute(connection)
        .await
        .map(drop))
}
