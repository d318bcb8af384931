//! Table `evidence`: what is kept, and where. The bytes lie in the evidence store.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx};
use crate::{on_db, on_tx};
use domain::{
    evidence::Evidence,
    ids::{EvidenceId, RunId, TeamId},
    time::Timestamp,
};

/// What evidence is read by.
macro_rules! columns {
    () => {
        "id, run_id, connection_id, scenario, name, media_type, sha256, bytes, created_at"
    };
}

const GET: &str = concat!("select ", columns!(), " from evidence where team_id = $1 and id = $2");
const OF_RUN: &str = concat!("select ", columns!(), " from evidence where team_id = $1 and run_id = $2 order by id");
const INSERT: &str = "insert into evidence (id, team_id, run_id, connection_id, scenario, name, media_type, sha256, bytes, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
/// A unit of work that lists a run's evidence must not see half of it, so whole runs go; runs that have not ended stay.
const PRUNE: &str = "delete from evidence where run_id in (
        select e.run_id from evidence e join diagnostic_test_runs r on r.id = e.run_id
        where e.created_at < $1 and r.verdict is not null order by e.created_at limit 1)
    returning id, team_id, run_id";
const IS_ORPHAN: &str = "select exists (select 1 from diagnostic_test_runs where id = $2) and not exists (select 1 from evidence where id = $1)";

pub async fn get(db: &TeamDb, id: EvidenceId) -> StoreResult<Option<Evidence>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// In the order it was kept.
pub async fn of_run(db: &TeamDb, run: RunId) -> StoreResult<Vec<Evidence>> {
    on_db!(db, |pool| sqlx::query_as(OF_RUN).bind(db.team()).bind(run).fetch_all(pool).await)
}

/// As [`of_run`], seeing what this unit of work has written.
pub async fn of_run_in(tx: &mut TeamTx, run: RunId) -> StoreResult<Vec<Evidence>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(OF_RUN).bind(team).bind(run).fetch_all(connection).await)
}

pub async fn insert(tx: &mut TeamTx, evidence: &Evidence) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(evidence.id)
        .bind(team)
        .bind(evidence.run_id)
        .bind(evidence.connection_id)
        .bind(&evidence.scenario)
        .bind(&evidence.name)
        .bind(&evidence.media_type)
        .bind(&evidence.sha256)
        .bind(evidence.bytes)
        .bind(evidence.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Forgets the evidence of one run, of any team, that has some from before `kept_since`. Answers what to remove from the store.
pub async fn prune_one(tx: &mut Tx, kept_since: Timestamp) -> StoreResult<Vec<(EvidenceId, TeamId, RunId)>> {
    on_tx!(tx, |connection| sqlx::query_as(PRUNE).bind(kept_since).fetch_all(connection).await)
}

/// Whether an object of the evidence store is one of ours without a row. What is of a run that this database does not know is another console's, such as
/// the one that this is a restored copy of.
pub async fn is_orphan(db: &Db, run: RunId, id: EvidenceId) -> StoreResult<bool> {
    on_db!(db, |pool| sqlx::query_scalar(IS_ORPHAN).bind(id).bind(run).fetch_one(pool).await)
}
