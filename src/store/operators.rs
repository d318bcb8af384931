//! Tables `operators` and `memberships`.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{OperatorId, TeamId},
    operator::{Operator, Role},
    time::Timestamp,
};

const ANY: &str = "select exists (select 1 from operators)";
const OF_TEAM: &str = "select o.id, o.email, m.role, o.created_at
    from operators o join memberships m on m.operator_id = o.id where m.team_id = $1 order by o.email";
const FOR_SIGN_IN: &str = "select id, password_hash from operators where email = $1";
const MEMBERSHIP: &str = "select o.email, m.role, m.team_id, o.sessions_valid_from
    from operators o join memberships m on m.operator_id = o.id
    where o.id = $1 and ($2 is null or m.team_id = $2) order by m.team_id limit 1";
const INSERT: &str = "insert into operators (id, email, password_hash, sessions_valid_from, created_at)
    values ($1, $2, $3, $4, $4) on conflict (email) do nothing";
const JOIN: &str = "insert into memberships (team_id, operator_id, role) values ($1, $2, $3)";

#[derive(sqlx::FromRow)]
pub struct SignInRow {
    pub id: OperatorId,
    pub password_hash: String,
}

#[derive(sqlx::FromRow)]
pub struct MembershipRow {
    pub email: String,
    pub role: Role,
    pub team_id: TeamId,
    pub sessions_valid_from: Timestamp,
}

pub async fn any(db: &Db) -> StoreResult<bool> {
    on_db!(db, |pool| sqlx::query_scalar(ANY).fetch_one(pool).await)
}

pub async fn of_team(db: &Db, team: TeamId) -> StoreResult<Vec<Operator>> {
    on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(team).fetch_all(pool).await)
}

pub async fn for_sign_in(db: &Db, email: &str) -> StoreResult<Option<SignInRow>> {
    on_db!(db, |pool| sqlx::query_as(FOR_SIGN_IN).bind(email).fetch_optional(pool).await)
}

/// The operator's place in `team`, or in the first team they belong to.
pub async fn membership(db: &Db, id: OperatorId, team: Option<TeamId>) -> StoreResult<Option<MembershipRow>> {
    on_db!(db, |pool| sqlx::query_as(MEMBERSHIP).bind(id).bind(team).fetch_optional(pool).await)
}

/// False when the address is taken.
pub async fn insert(tx: &mut Tx, id: OperatorId, email: &str, password_hash: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT).bind(id).bind(email).bind(password_hash).bind(now).execute(connection).await.map(affected_one))
}

pub async fn join(tx: &mut Tx, team: TeamId, id: OperatorId, role: Role) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(JOIN).bind(team).bind(id).bind(role).execute(connection).await.map(drop))
}
