//! Table `evidence_manifests`: the chain of a team's manifests.

use super::{StoreResult, TeamDb, TeamTx, affected_one};
use crate::{on_db, on_tx};
use domain::{ids::RunId, time::Timestamp};

const GET: &str = "select manifest, run from evidence_manifests where team_id = $1 and run_id = $2";
const HEAD: &str = "select sequence, sha256 from evidence_manifests where team_id = $1 order by sequence desc limit 1";
const APPEND: &str = "insert into evidence_manifests (run_id, team_id, sequence, sha256, manifest, run, created_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (team_id, sequence) do nothing";

/// The two files of a pack that are kept in the database, byte for byte.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeptManifest {
    pub manifest: String,
    pub run: String,
}

/// A manifest to be appended after the head of the chain.
pub struct Link<'a> {
    pub run_id: RunId,
    pub sequence: i64,
    pub sha256: &'a str,
    pub kept: &'a KeptManifest,
    pub created_at: Timestamp,
}

pub async fn get(db: &TeamDb, run: RunId) -> StoreResult<Option<KeptManifest>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(run).fetch_optional(pool).await)
}

/// Number and SHA-256 of the last manifest.
pub async fn head(tx: &mut TeamTx) -> StoreResult<Option<(i64, String)>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(HEAD).bind(team).fetch_optional(connection).await)
}

/// False when another unit of work has appended one of that number.
pub async fn append(tx: &mut TeamTx, link: &Link<'_>) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(APPEND)
        .bind(link.run_id)
        .bind(team)
        .bind(link.sequence)
        .bind(link.sha256)
        .bind(&link.kept.manifest)
        .bind(&link.kept.run)
        .bind(link.created_at)
        .execute(connection)
        .await
        .map(affected_one))
}
