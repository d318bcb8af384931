//! Table `identities`: who a person is at an identity provider.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{ids::OperatorId, time::Timestamp};

const ACCOUNT: &str = "select o.id, o.email, o.disabled_at from identities i join operators o on o.id = i.operator_id where i.issuer = $1 and i.subject = $2";
const IS_LINKED: &str = "select exists (select 1 from identities where operator_id = $1 and issuer = $2)";
const INSERT: &str = "insert into identities (issuer, subject, operator_id, created_at) values ($1, $2, $3, $4) on conflict do nothing";

/// Whose identity it is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: OperatorId,
    pub email: String,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Timestamp>,
}

pub async fn account(db: &Db, issuer: &str, subject: &str) -> StoreResult<Option<Account>> {
    on_db!(db, |pool| sqlx::query_as(ACCOUNT).bind(issuer).bind(subject).fetch_optional(pool).await)
}

/// Whether a person has an identity at this provider.
pub async fn is_linked(db: &Db, operator: OperatorId, issuer: &str) -> StoreResult<bool> {
    on_db!(db, |pool| sqlx::query_scalar(IS_LINKED).bind(operator).bind(issuer).fetch_one(pool).await)
}

/// False when it is somebody's already, or the person has another one at this provider.
pub async fn insert(tx: &mut Tx, issuer: &str, subject: &str, operator: OperatorId, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT).bind(issuer).bind(subject).bind(operator).bind(now).execute(connection).await.map(affected_one))
}
