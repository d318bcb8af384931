//! Table `connection_verifications`.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    ids::{ProfileId, VerificationId},
    time::Timestamp,
    verification::{Step, Verification, VerificationOutcome},
};

/// What a verification is read by.
macro_rules! columns {
    () => {
        "id, connection_id, profile_version, outcome, started_at, finished_at, correlation_id, requested_by, steps"
    };
}

const GET: &str = concat!("select ", columns!(), " from connection_verifications where team_id = $1 and id = $2");
const OF_CONNECTION: &str = concat!(
    "select ",
    columns!(),
    " from connection_verifications where team_id = $1 and connection_id = $2
    order by started_at desc, id desc limit $3"
);
const UNDER: &str = concat!(
    "select ",
    columns!(),
    " from connection_verifications where team_id = $1 and correlation_id = $2
    order by started_at, id limit $3"
);
const INSERT: &str = "insert into connection_verifications
    (id, team_id, connection_id, profile_version, outcome, started_at, correlation_id, requested_by, steps)
    values ($1, $2, $3, $4, 'running', $5, $6, $7, $8) on conflict do nothing";
const SAVE_STEPS: &str = "update connection_verifications set steps = $3 where team_id = $1 and id = $2 and outcome = 'running'";
const FINISH: &str = "update connection_verifications set steps = $3, outcome = $4, finished_at = $5 where team_id = $1 and id = $2 and outcome = 'running'";
const INTERRUPT: &str = "update connection_verifications set outcome = 'interrupted', finished_at = $1
    where outcome = 'running' and started_at <= $2";
const INTERRUPT_OF: &str = "update connection_verifications set outcome = 'interrupted', finished_at = $3
    where team_id = $1 and connection_id = $2 and outcome = 'running' and started_at <= $4";

pub async fn get(db: &TeamDb, id: VerificationId) -> StoreResult<Option<Verification>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// The newest first.
pub async fn of_connection(db: &TeamDb, connection: ProfileId, limit: i64) -> StoreResult<Vec<Verification>> {
    on_db!(db, |pool| sqlx::query_as(OF_CONNECTION).bind(db.team()).bind(connection).bind(limit).fetch_all(pool).await)
}

/// Those that go under a correlation ID, the oldest first.
pub async fn under(db: &TeamDb, id: &CorrelationId, limit: i64) -> StoreResult<Vec<Verification>> {
    on_db!(db, |pool| sqlx::query_as(UNDER).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)
}

/// False when the connection is being verified already.
pub async fn insert(tx: &mut TeamTx, verification: &Verification) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(verification.id)
        .bind(team)
        .bind(verification.connection_id)
        .bind(verification.profile_version)
        .bind(verification.started_at)
        .bind(&verification.correlation_id)
        .bind(&verification.requested_by)
        .bind(Json(&verification.steps))
        .execute(connection)
        .await
        .map(affected_one))
}

pub async fn save_steps(tx: &mut TeamTx, id: VerificationId, steps: &[Step]) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(SAVE_STEPS).bind(team).bind(id).bind(Json(steps)).execute(connection).await.map(drop))
}

/// False when it was interrupted in the meantime: an interrupted verification never passes.
pub async fn finish(tx: &mut TeamTx, id: VerificationId, steps: &[Step], outcome: VerificationOutcome, at: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(FINISH).bind(team).bind(id).bind(Json(steps)).bind(outcome).bind(at).execute(connection).await.map(affected_one))
}

/// Ends what was begun of a connection at or before `begun_by` and never finished: its process is gone.
pub async fn interrupt_of(tx: &mut TeamTx, connection: ProfileId, now: Timestamp, begun_by: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |database| sqlx::query(INTERRUPT_OF).bind(team).bind(connection).bind(now).bind(begun_by).execute(database).await.map(drop))
}

/// The same of every connection of every team. Answers how many.
pub async fn interrupt(tx: &mut Tx, now: Timestamp, begun_by: Timestamp) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(INTERRUPT).bind(now).bind(begun_by).execute(connection).await.map(|done| done.rows_affected()))
}
