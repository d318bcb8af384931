//! Table `api_tokens`.

use sqlx::types::Json;

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::{
    folding::fold,
    ids::{ApiTokenId, OperatorId, TeamId},
    operator::{ApiToken, Role},
    time::Timestamp,
    token_limits::TokenLimits,
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, prefix, role, environments, permissions, expires_at, created_by, created_at, last_used_at, previous_until
            from api_tokens where team_id = $1 ",
            $rest
        )
    };
}

macro_rules! row {
    ($rest:literal) => {
        concat!("select id, team_id, name, role, environments, permissions, expires_at, last_used_at from api_tokens ", $rest)
    };
}

const OF_TEAM: &str = select!("order by name_key, id");
const GET: &str = select!("and id = $2");
/// The one before the last rotation counts as long as it was given.
const BY_SECRET: &str = row!("where token_hash = $1 or (previous_hash = $1 and previous_until > $2)");
const BY_ID: &str = row!("where id = $1");
const CREATOR: &str = "select creator_id from api_tokens where team_id = $1 and id = $2";
const INSERT: &str = "insert into api_tokens
    (id, team_id, name, prefix, token_hash, role, created_at, name_key, environments, permissions, expires_at, created_by, creator_id, made_with)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (team_id, name_key) do nothing";
const UPDATE: &str = "update api_tokens set name = $3, name_key = $4, role = $5, environments = $6, permissions = $7, expires_at = $8
    where team_id = $1 and id = $2";
const ROTATE: &str = "update api_tokens set previous_hash = token_hash, previous_until = $5, token_hash = $3, prefix = $4 where team_id = $1 and id = $2";
const TOUCH: &str = "update api_tokens set last_used_at = $2 where id = $1";
/// Those that were made with a token, or with these.
const MADE_WITH: &str = "with recursive made (id, name) as (
        select id, name from api_tokens where team_id = $1 and made_with = $2
        union select t.id, t.name from api_tokens t join made m on t.made_with = m.id)
    select id, name from made";
/// A token and those that it was made with, and whom they go back to.
const LINEAGE: &str = "with recursive line (id, made_with, creator_id) as (
        select id, made_with, creator_id from api_tokens where team_id = $1 and id = $2
        union select t.id, t.made_with, t.creator_id from api_tokens t join line l on t.id = l.made_with where t.team_id = $1)
    select id, made_with, creator_id from line";
/// The table's own reference takes along what was made with it.
const DELETE: &str = "delete from api_tokens where team_id = $1 and id = $2";
const OF_PERSON: &str = "select team_id, id, name from api_tokens where creator_id = $1 order by team_id, id";
const DELETE_OF: &str = "delete from api_tokens where creator_id = $1 and ($2 is null or team_id = $2)";
/// Whose role is above `$3`.
const DELETE_ABOVE: &str =
    "delete from api_tokens where creator_id = $1 and team_id = $2 and (role = 'admin' and $3 <> 'admin' or role = 'operator' and $3 = 'viewer')";
const COUNT: &str = "select count(*) from api_tokens where team_id = $1";
const COUNT_OF: &str = "select count(*) from api_tokens where team_id = $1 and creator_id = $2";

/// What a token or an invitation goes back to, and ends with.
#[derive(Clone, Copy, Debug, Default)]
pub struct MadeBy {
    /// Whoever acted for them.
    pub person: Option<OperatorId>,
    pub token: Option<ApiTokenId>,
}

/// A token, by what made it.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Made {
    pub id: ApiTokenId,
    pub made_with: Option<ApiTokenId>,
    /// The person whom it goes back to.
    pub creator_id: Option<OperatorId>,
}

#[derive(sqlx::FromRow)]
pub struct TokenRow {
    pub id: ApiTokenId,
    pub team_id: TeamId,
    pub name: String,
    pub role: Role,
    #[sqlx(flatten)]
    pub limits: TokenLimits,
    pub last_used_at: Option<Timestamp>,
}

pub async fn of_team(db: &TeamDb) -> StoreResult<Vec<ApiToken>> {
    on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(db.team()).fetch_all(pool).await)
}

pub async fn get(db: &TeamDb, id: ApiTokenId) -> StoreResult<Option<ApiToken>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// The same, seeing what this unit of work has written.
pub async fn get_in(tx: &mut TeamTx, id: ApiTokenId) -> StoreResult<Option<ApiToken>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// Ask while [`teams::hold`](super::teams::hold) keeps others from adding one.
pub async fn count(tx: &mut TeamTx) -> StoreResult<i64> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT).bind(team).fetch_one(connection).await)
}

/// Of whichever team: that is known only by the row.
pub async fn by_secret(db: &Db, secret: &str, now: Timestamp) -> StoreResult<Option<TokenRow>> {
    on_db!(db, |pool| sqlx::query_as(BY_SECRET).bind(hash_token(secret)).bind(now).fetch_optional(pool).await)
}

/// Of whichever team, seeing what this unit of work has written.
pub async fn by_id(tx: &mut Tx, id: ApiTokenId) -> StoreResult<Option<TokenRow>> {
    on_tx!(tx, |connection| sqlx::query_as(BY_ID).bind(id).fetch_optional(connection).await)
}

/// The person whom a token goes back to, if there is one.
pub async fn creator(db: &TeamDb, id: ApiTokenId) -> StoreResult<Option<OperatorId>> {
    let found: Option<Option<OperatorId>> = on_db!(db, |pool| sqlx::query_scalar(CREATOR).bind(db.team()).bind(id).fetch_optional(pool).await)?;
    Ok(found.flatten())
}

/// What was made with a token, and with that.
pub async fn made_with(tx: &mut TeamTx, id: ApiTokenId) -> StoreResult<Vec<(ApiTokenId, String)>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(MADE_WITH).bind(team).bind(id).fetch_all(connection).await)
}

/// A token and all that it goes back to; nothing when there is no such token.
pub async fn lineage(tx: &mut TeamTx, id: ApiTokenId) -> StoreResult<Vec<Made>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(LINEAGE).bind(team).bind(id).fetch_all(connection).await)
}

/// How many of the team's tokens go back to a person.
pub async fn count_of(db: &TeamDb, creator: OperatorId) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(COUNT_OF).bind(db.team()).bind(creator).fetch_one(pool).await)
}

/// False when the team has a token of that name.
pub async fn insert(tx: &mut TeamTx, token: &ApiToken, made_by: MadeBy, secret: &str) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(token.id)
        .bind(team)
        .bind(&token.name)
        .bind(&token.prefix)
        .bind(hash_token(secret))
        .bind(token.role)
        .bind(token.created_at)
        .bind(fold(&token.name))
        .bind(token.limits.environments.as_ref().map(Json))
        .bind(token.limits.permissions.as_ref().map(Json))
        .bind(token.limits.expires_at)
        .bind(&token.created_by)
        .bind(made_by.person)
        .bind(made_by.token)
        .execute(connection)
        .await
        .map(affected_one))
}

/// Writes what may be edited. Fails with a unique violation when the name is taken; false when there is no such token.
pub async fn update(tx: &mut TeamTx, token: &ApiToken) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team)
        .bind(token.id)
        .bind(&token.name)
        .bind(fold(&token.name))
        .bind(token.role)
        .bind(token.limits.environments.as_ref().map(Json))
        .bind(token.limits.permissions.as_ref().map(Json))
        .bind(token.limits.expires_at)
        .execute(connection)
        .await
        .map(affected_one))
}

/// Gives the token another secret; the one it had is good until `previous_until`. False when there is no such token.
pub async fn rotate(tx: &mut TeamTx, id: ApiTokenId, secret: &str, prefix: &str, previous_until: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(ROTATE)
        .bind(team)
        .bind(id)
        .bind(hash_token(secret))
        .bind(prefix)
        .bind(previous_until)
        .execute(connection)
        .await
        .map(affected_one))
}

pub async fn touch(tx: &mut Tx, id: ApiTokenId, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(TOUCH).bind(id).bind(now).execute(connection).await.map(drop))
}

/// False when there is no such token.
pub async fn delete(tx: &mut TeamTx, id: ApiTokenId) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(DELETE).bind(team).bind(id).execute(connection).await.map(affected_one))
}

/// Those of any team that go back to a person.
pub async fn of_person(tx: &mut Tx, creator: OperatorId) -> StoreResult<Vec<(TeamId, ApiTokenId, String)>> {
    on_tx!(tx, |connection| sqlx::query_as(OF_PERSON).bind(creator).fetch_all(connection).await)
}

/// Those that go back to a person, in one team or in all of them.
pub async fn delete_of(tx: &mut Tx, creator: OperatorId, team: Option<TeamId>) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(DELETE_OF).bind(creator).bind(team).execute(connection).await.map(drop))
}

/// Those of the team that go back to a person and may do more than `role`.
pub async fn delete_above(tx: &mut Tx, team: TeamId, creator: OperatorId, role: Role) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(DELETE_ABOVE).bind(creator).bind(team).bind(role).execute(connection).await.map(drop))
}
