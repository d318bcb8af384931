//! Table `passkeys`.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{OperatorId, PasskeyId},
    passkey::Passkey,
    time::Timestamp,
};

const OF_OPERATOR: &str = "select id, name, created_at, last_used_at from passkeys where operator_id = $1 order by created_at, id";
const CREDENTIALS: &str = "select credential_id from passkeys where operator_id = $1";
const BY_CREDENTIAL: &str = "select id, operator_id, public_key, state from passkeys where credential_id = $1";
const COUNT: &str = "select count(*) from passkeys where operator_id = $1";
const INSERT: &str = "insert into passkeys (id, operator_id, credential_id, public_key, state, name, created_at)
    values ($1, $2, $3, $4, $5, $6, $7) on conflict (credential_id) do nothing";
const USE: &str = "update passkeys set state = $3, last_used_at = $4
    where id = $1 and state = $2 and (last_used_at is null or last_used_at < $5)";
const DELETE: &str = "delete from passkeys where operator_id = $1 and id = $2 returning name";
const DELETE_OF: &str = "delete from passkeys where operator_id = $1";

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PasskeyRow {
    pub id: PasskeyId,
    pub operator_id: OperatorId,
    pub public_key: Vec<u8>,
    pub state: Vec<u8>,
}

/// What is kept of one that was made just now.
pub struct NewPasskey<'a> {
    pub id: PasskeyId,
    pub credential_id: &'a [u8],
    pub public_key: &'a [u8],
    pub state: &'a [u8],
    pub name: &'a str,
}

/// The oldest first.
pub async fn of_operator(db: &Db, operator: OperatorId) -> StoreResult<Vec<Passkey>> {
    on_db!(db, |pool| sqlx::query_as(OF_OPERATOR).bind(operator).fetch_all(pool).await)
}

/// By which browsers name those of a person.
pub async fn credentials(db: &Db, operator: OperatorId) -> StoreResult<Vec<Vec<u8>>> {
    on_db!(db, |pool| sqlx::query_scalar(CREDENTIALS).bind(operator).fetch_all(pool).await)
}

pub async fn by_credential(db: &Db, credential_id: &[u8]) -> StoreResult<Option<PasskeyRow>> {
    on_db!(db, |pool| sqlx::query_as(BY_CREDENTIAL).bind(credential_id).fetch_optional(pool).await)
}

/// How many a person has, seeing what this unit of work has written.
pub async fn count(tx: &mut Tx, operator: OperatorId) -> StoreResult<i64> {
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT).bind(operator).fetch_one(connection).await)
}

/// False when there is one of this credential, whoever has it.
pub async fn insert(tx: &mut Tx, operator: OperatorId, new: &NewPasskey<'_>, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| {
        let query = sqlx::query(INSERT).bind(new.id).bind(operator).bind(new.credential_id).bind(new.public_key);
        query.bind(new.state).bind(new.name).bind(now).execute(connection).await.map(affected_one)
    })
}

/// Notes a sign-in by a challenge that was made at `began`. False when it was used since, here or on another node, or is not there any more.
pub async fn note_use(tx: &mut Tx, row: &PasskeyRow, state: &[u8], began: Timestamp, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(USE).bind(row.id).bind(&row.state).bind(state).bind(now).bind(began).execute(connection).await.map(affected_one))
}

/// Answers what it was called; nothing when the person has none like it.
pub async fn delete(tx: &mut Tx, operator: OperatorId, id: PasskeyId) -> StoreResult<Option<String>> {
    on_tx!(tx, |connection| sqlx::query_scalar(DELETE).bind(operator).bind(id).fetch_optional(connection).await)
}

/// All of a person. False when there was none.
pub async fn delete_of(tx: &mut Tx, operator: OperatorId) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(DELETE_OF).bind(operator).execute(connection).await.map(|done| done.rows_affected() > 0))
}
