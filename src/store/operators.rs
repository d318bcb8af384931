//! Tables `operators` and `memberships`.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{OperatorId, TeamId},
    operator::{Operator, Role},
    time::Timestamp,
};

macro_rules! members {
    ($rest:literal) => {
        concat!(
            "select o.id, o.email, m.role, o.created_at, o.disabled_at
            from operators o join memberships m on m.operator_id = o.id where m.team_id = $1 ",
            $rest
        )
    };
}

const ANY: &str = "select exists (select 1 from operators)";
const OF_TEAM: &str = members!("order by o.email");
const MEMBER: &str = members!("and o.id = $2");
const COUNT: &str = "select count(*) from memberships where team_id = $1";
const ADMINS: &str = "select o.id from memberships m join operators o on o.id = m.operator_id
    where m.team_id = $1 and m.role = 'admin' and o.disabled_at is null order by o.id";
const FOR_SIGN_IN: &str = "select id, password_hash from operators where email = $1 and disabled_at is null";
const PASSWORD: &str = "select id, password_hash from operators where id = $1 and disabled_at is null";
const BY_EMAIL: &str = "select id from operators where email = $1";
const MEMBERSHIP: &str = "select o.email, m.role, m.team_id, o.sessions_valid_from, m.sessions_valid_from as role_valid_from,
        t.requires_second_factor and not exists (select 1 from second_factors f where f.operator_id = o.id and f.confirmed_at is not null)
            as owes_second_factor
    from operators o join memberships m on m.operator_id = o.id join teams t on t.id = m.team_id
    where o.id = $1 and o.disabled_at is null and ($2 is null or m.team_id = $2) order by m.team_id limit 1";
const TEAMS_OF: &str = "select team_id, role from memberships where operator_id = $1 order by team_id";
const ANOTHER_ADMIN: &str = "select exists (select 1 from memberships m join operators o on o.id = m.operator_id
    where m.team_id = $1 and m.role = 'admin' and m.operator_id <> $2 and o.disabled_at is null)";
const INSERT: &str = "insert into operators (id, email, password_hash, sessions_valid_from, created_at)
    values ($1, $2, $3, $4, $4) on conflict (email) do nothing";
const JOIN: &str = "insert into memberships (team_id, operator_id, role, sessions_valid_from, read_until) values ($1, $2, $3, $4, $4)
    on conflict (team_id, operator_id) do nothing";
const SET_ROLE: &str = "update memberships set role = $3, sessions_valid_from = $4 where team_id = $1 and operator_id = $2";
const LEAVE: &str = "delete from memberships where team_id = $1 and operator_id = $2";
const LEAVE_ALL: &str = "delete from memberships where operator_id = $1";
const CHANGE_PASSWORD: &str = "update operators set password_hash = $3, sessions_valid_from = $4 where id = $1 and password_hash = $2";
const SET_PASSWORD: &str = "update operators set password_hash = $2, sessions_valid_from = $3 where id = $1";
const END_SESSIONS: &str = "update operators set sessions_valid_from = $2 where id = $1";
const DISABLE: &str = "update operators set disabled_at = coalesce(disabled_at, $2), sessions_valid_from = $2 where id = $1";
const ENABLE: &str = "update operators set disabled_at = null where id = $1";
const DELETE: &str = "delete from operators where id = $1";

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
    /// Whoever proved before this moment who they are must do it again.
    pub sessions_valid_from: Timestamp,
    /// Whoever entered the team before this moment had another role.
    pub role_valid_from: Option<Timestamp>,
    /// The team demands a second factor, and they have none.
    pub owes_second_factor: bool,
}

pub async fn any(db: &Db) -> StoreResult<bool> {
    on_db!(db, |pool| sqlx::query_scalar(ANY).fetch_one(pool).await)
}

pub async fn of_team(db: &Db, team: TeamId) -> StoreResult<Vec<Operator>> {
    on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(team).fetch_all(pool).await)
}

/// Someone of the team, seeing what this unit of work has written.
pub async fn member(tx: &mut Tx, team: TeamId, id: OperatorId) -> StoreResult<Option<Operator>> {
    on_tx!(tx, |connection| sqlx::query_as(MEMBER).bind(team).bind(id).fetch_optional(connection).await)
}

/// How many belong to the team.
pub async fn count(tx: &mut Tx, team: TeamId) -> StoreResult<i64> {
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT).bind(team).fetch_one(connection).await)
}

/// Who leads the team, and is not disabled.
pub async fn admins(tx: &mut Tx, team: TeamId) -> StoreResult<Vec<OperatorId>> {
    on_tx!(tx, |connection| sqlx::query_scalar(ADMINS).bind(team).fetch_all(connection).await)
}

/// Nothing of someone who is disabled.
pub async fn for_sign_in(db: &Db, email: &str) -> StoreResult<Option<SignInRow>> {
    on_db!(db, |pool| sqlx::query_as(FOR_SIGN_IN).bind(email).fetch_optional(pool).await)
}

/// As [`for_sign_in`], by the id.
pub async fn password(db: &Db, id: OperatorId) -> StoreResult<Option<SignInRow>> {
    on_db!(db, |pool| sqlx::query_as(PASSWORD).bind(id).fetch_optional(pool).await)
}

/// Also someone who is disabled.
pub async fn by_email(db: &Db, email: &str) -> StoreResult<Option<OperatorId>> {
    on_db!(db, |pool| sqlx::query_scalar(BY_EMAIL).bind(email).fetch_optional(pool).await)
}

/// The operator's place in `team`, or in the first team they belong to.
pub async fn membership(db: &Db, id: OperatorId, team: Option<TeamId>) -> StoreResult<Option<MembershipRow>> {
    on_db!(db, |pool| sqlx::query_as(MEMBERSHIP).bind(id).bind(team).fetch_optional(pool).await)
}

/// The teams of a person, and what they are there.
pub async fn teams_of(tx: &mut Tx, id: OperatorId) -> StoreResult<Vec<(TeamId, Role)>> {
    on_tx!(tx, |connection| sqlx::query_as(TEAMS_OF).bind(id).fetch_all(connection).await)
}

/// Whether someone else leads the team. Ask while [`teams::hold`](super::teams::hold) keeps it from changing.
pub async fn has_another_admin(tx: &mut Tx, team: TeamId, id: OperatorId) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query_scalar(ANOTHER_ADMIN).bind(team).bind(id).fetch_one(connection).await)
}

/// False when the address is taken.
pub async fn insert(tx: &mut Tx, id: OperatorId, email: &str, password_hash: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT).bind(id).bind(email).bind(password_hash).bind(now).execute(connection).await.map(affected_one))
}

/// False when they belong to it already. Sessions from when they belonged to it before stay dead.
pub async fn join(tx: &mut Tx, team: TeamId, id: OperatorId, role: Role, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(JOIN).bind(team).bind(id).bind(role).bind(now).execute(connection).await.map(affected_one))
}

/// Ends the person's sessions in the team as well.
pub async fn set_role(tx: &mut Tx, team: TeamId, id: OperatorId, role: Role, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(SET_ROLE).bind(team).bind(id).bind(role).bind(now).execute(connection).await.map(drop))
}

pub async fn leave(tx: &mut Tx, team: TeamId, id: OperatorId) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(LEAVE).bind(team).bind(id).execute(connection).await.map(drop))
}

/// As [`set_password`], as long as the password is the one with the hash `old`; false when it was changed meanwhile.
pub async fn change_password(tx: &mut Tx, id: OperatorId, old: &str, new: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(CHANGE_PASSWORD).bind(id).bind(old).bind(new).bind(now).execute(connection).await.map(affected_one))
}

/// Sessions from before `now` are dead.
pub async fn set_password(tx: &mut Tx, id: OperatorId, password_hash: &str, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(SET_PASSWORD).bind(id).bind(password_hash).bind(now).execute(connection).await.map(drop))
}

/// Sessions from before `now` are dead.
pub async fn end_sessions(tx: &mut Tx, id: OperatorId, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(END_SESSIONS).bind(id).bind(now).execute(connection).await.map(drop))
}

pub async fn disable(tx: &mut Tx, id: OperatorId, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(DISABLE).bind(id).bind(now).execute(connection).await.map(drop))
}

pub async fn enable(tx: &mut Tx, id: OperatorId) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(ENABLE).bind(id).execute(connection).await.map(drop))
}

/// What refers to the person elsewhere goes before.
pub async fn delete(tx: &mut Tx, id: OperatorId) -> StoreResult<()> {
    on_tx!(tx, |connection| {
        sqlx::query(LEAVE_ALL).bind(id).execute(&mut *connection).await?;
        sqlx::query(DELETE).bind(id).execute(connection).await.map(drop)
    })
}
