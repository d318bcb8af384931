//! Table `api_tokens`.

use super::{Db, StoreResult, Tx, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::{
    folding::fold,
    ids::{ApiTokenId, TeamId},
    operator::{ApiToken, Role},
    time::Timestamp,
};

const OF_TEAM: &str = "select id, name, prefix, role, created_at, last_used_at from api_tokens where team_id = $1 order by name_key, id";
const BY_SECRET: &str = "select id, team_id, name, role, last_used_at from api_tokens where token_hash = $1";
const ROLE: &str = "select role from api_tokens where team_id = $1 and id = $2";
const INSERT: &str = "insert into api_tokens (id, team_id, name, prefix, token_hash, role, created_at, name_key)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing";
const TOUCH: &str = "update api_tokens set last_used_at = $2 where id = $1";
const DELETE: &str = "delete from api_tokens where team_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
pub struct TokenRow {
    pub id: ApiTokenId,
    pub team_id: TeamId,
    pub name: String,
    pub role: Role,
    pub last_used_at: Option<Timestamp>,
}

pub async fn of_team(db: &Db, team: TeamId) -> StoreResult<Vec<ApiToken>> {
    on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(team).fetch_all(pool).await)
}

pub async fn by_secret(db: &Db, secret: &str) -> StoreResult<Option<TokenRow>> {
    on_db!(db, |pool| sqlx::query_as(BY_SECRET).bind(hash_token(secret)).fetch_optional(pool).await)
}

/// None once it is revoked.
pub async fn role(db: &Db, team: TeamId, id: ApiTokenId) -> StoreResult<Option<Role>> {
    on_db!(db, |pool| sqlx::query_scalar(ROLE).bind(team).bind(id).fetch_optional(pool).await)
}

/// False when the team has a token of that name.
pub async fn insert(tx: &mut Tx, team: TeamId, token: &ApiToken, secret: &str) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(token.id)
        .bind(team)
        .bind(&token.name)
        .bind(&token.prefix)
        .bind(hash_token(secret))
        .bind(token.role)
        .bind(token.created_at)
        .bind(fold(&token.name))
        .execute(connection)
        .await
        .map(affected_one))
}

pub async fn touch(tx: &mut Tx, id: ApiTokenId, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(TOUCH).bind(id).bind(now).execute(connection).await.map(drop))
}

/// False when there is no such token.
pub async fn delete(tx: &mut Tx, team: TeamId, id: ApiTokenId) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(DELETE).bind(team).bind(id).execute(connection).await.map(affected_one))
}
