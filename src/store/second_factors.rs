//! Tables `second_factors`, `recovery_codes` and `second_factors_given_up`.

use super::{Db, StoreResult, Tx, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::{ids::OperatorId, time::Timestamp};

const GET: &str = "select seed, created_at, confirmed_at from second_factors where operator_id = $1";
const COUNT_CODES: &str = "select count(*) from recovery_codes where operator_id = $1";
const BEGIN: &str = "insert into second_factors (operator_id, seed, created_at, last_step) values ($1, $2, $3, 0)
    on conflict (operator_id) do update set seed = excluded.seed, created_at = excluded.created_at where second_factors.confirmed_at is null";
const CONFIRM: &str = "update second_factors set confirmed_at = $3, last_step = $4 where operator_id = $1 and created_at = $2 and confirmed_at is null";
const TAKE_STEP: &str = "update second_factors set last_step = $3
    where operator_id = $1 and created_at = $2 and confirmed_at is not null and last_step < $3";
const TAKE_CODE: &str = "delete from recovery_codes where operator_id = $1 and code_hash = $2";
const CLEAR_CODES: &str = "delete from recovery_codes where operator_id = $1";
const ADD_CODE: &str = "insert into recovery_codes (operator_id, code_hash) values ($1, $2)";
const DELETE: &str = "delete from second_factors where operator_id = $1";
const GIVEN_UP: &str = "select o.id, o.email from second_factors_given_up g join operators o on o.id = g.operator_id order by o.id";
const TOLD: &str = "delete from second_factors_given_up where operator_id = $1";

#[derive(sqlx::FromRow)]
pub struct SecondFactorRow {
    /// Sealed.
    pub seed: Vec<u8>,
    pub created_at: Timestamp,
    /// Absent while it does not count yet.
    pub confirmed_at: Option<Timestamp>,
}

/// Someone whose second factor was given up with the master key of its seed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GivenUp {
    pub id: OperatorId,
    pub email: String,
}

pub async fn get(db: &Db, operator: OperatorId) -> StoreResult<Option<SecondFactorRow>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(operator).fetch_optional(pool).await)
}

/// How many recovery codes are left.
pub async fn count_codes(db: &Db, operator: OperatorId) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(COUNT_CODES).bind(operator).fetch_one(pool).await)
}

/// As [`count_codes`], seeing what this unit of work has written.
pub async fn count_codes_in(tx: &mut Tx, operator: OperatorId) -> StoreResult<i64> {
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT_CODES).bind(operator).fetch_one(connection).await)
}

/// In place of one that does not count yet; false when there is one that does.
pub async fn begin(tx: &mut Tx, operator: OperatorId, seed: &[u8], now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(BEGIN).bind(operator).bind(seed).bind(now).execute(connection).await.map(affected_one))
}

/// From now on the one that was begun at `created_at` counts, and codes after `step`; false when it is not there any more, or counts already.
pub async fn confirm(tx: &mut Tx, operator: OperatorId, created_at: Timestamp, now: Timestamp, step: i64) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(CONFIRM).bind(operator).bind(created_at).bind(now).bind(step).execute(connection).await.map(affected_one))
}

/// Of the one that was begun at `created_at`. False when a code of this time step or a later one was accepted before, here or on another node, or when
/// there is another one since.
pub async fn take_step(tx: &mut Tx, operator: OperatorId, created_at: Timestamp, step: i64) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(TAKE_STEP).bind(operator).bind(created_at).bind(step).execute(connection).await.map(affected_one))
}

/// Uses a recovery code up; false when the person has none like it.
pub async fn take_code(tx: &mut Tx, operator: OperatorId, code: &str) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(TAKE_CODE).bind(operator).bind(hash_token(code)).execute(connection).await.map(affected_one))
}

/// Replaces every earlier recovery code.
pub async fn replace_codes(tx: &mut Tx, operator: OperatorId, codes: &[String]) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(CLEAR_CODES).bind(operator).execute(connection).await.map(drop))?;
    for code in codes {
        on_tx!(tx, |connection| sqlx::query(ADD_CODE).bind(operator).bind(hash_token(code)).execute(connection).await.map(drop))?;
    }
    Ok(())
}

/// With the recovery codes. False when there was none that counts or was to.
pub async fn delete(tx: &mut Tx, operator: OperatorId) -> StoreResult<bool> {
    on_tx!(tx, |connection| {
        sqlx::query(CLEAR_CODES).bind(operator).execute(&mut *connection).await?;
        sqlx::query(DELETE).bind(operator).execute(connection).await.map(affected_one)
    })
}

/// Those whose teams have not been told yet.
pub async fn given_up(db: &Db) -> StoreResult<Vec<GivenUp>> {
    on_db!(db, |pool| sqlx::query_as(GIVEN_UP).fetch_all(pool).await)
}

/// False when it was told before, or on another node.
pub async fn announce_given_up(tx: &mut Tx, operator: OperatorId) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(TOLD).bind(operator).execute(connection).await.map(affected_one))
}
