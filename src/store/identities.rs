//! Table `identities`: who a person is at an identity provider.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{ids::OperatorId, operator::LinkedIdentity, time::Timestamp};

const ACCOUNT: &str = "select o.id, o.email, o.disabled_at from identities i join operators o on o.id = i.operator_id where i.issuer = $1 and i.subject = $2";
const OF_OPERATOR: &str = "select issuer, subject, created_at from identities where operator_id = $1 and issuer = $2";
const ANY_OF: &str = "select exists (select 1 from identities where operator_id = $1)";
const DELETE_OF: &str = "delete from identities where operator_id = $1";
const TEAMS_WITHOUT: &str = "select t.slug from teams t join memberships m on m.team_id = t.id join operators o on o.id = m.operator_id
    left join identities i on i.operator_id = o.id and i.issuer = $1
    where m.role = 'admin' and o.disabled_at is null group by t.slug having count(i.subject) = 0 order by t.slug";
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

/// The one that a person has at this provider.
pub async fn of_operator(db: &Db, operator: OperatorId, issuer: &str) -> StoreResult<Option<LinkedIdentity>> {
    on_db!(db, |pool| sqlx::query_as(OF_OPERATOR).bind(operator).bind(issuer).fetch_optional(pool).await)
}

/// Whether a person has one at any provider.
pub async fn any_of(db: &Db, operator: OperatorId) -> StoreResult<bool> {
    on_db!(db, |pool| sqlx::query_scalar(ANY_OF).bind(operator).fetch_one(pool).await)
}

/// Those that a person has anywhere. False when they have none.
pub async fn delete_of(tx: &mut Tx, operator: OperatorId) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(DELETE_OF).bind(operator).execute(connection).await.map(|done| done.rows_affected() > 0))
}

/// The slugs of teams that have administrators, none of whom has an identity at this provider.
pub async fn teams_without(db: &Db, issuer: &str) -> StoreResult<Vec<String>> {
    on_db!(db, |pool| sqlx::query_scalar(TEAMS_WITHOUT).bind(issuer).fetch_all(pool).await)
}

/// False when it is somebody's already, or the person has another one at this provider.
pub async fn insert(tx: &mut Tx, issuer: &str, subject: &str, operator: OperatorId, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT).bind(issuer).bind(subject).bind(operator).bind(now).execute(connection).await.map(affected_one))
}
