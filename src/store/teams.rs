//! Table `teams`.

use super::{Db, StoreResult, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{OperatorId, TeamId},
    operator::Team,
    time::Timestamp,
};

/// The team that exists from the first start.
pub const DEFAULT_SLUG: &str = "default";

const BY_SLUG: &str = "select id, slug, name, requires_second_factor from teams where slug = $1";
const SLUGS: &str = "select slug from teams order by slug";
const GET: &str = "select id, slug, name, requires_second_factor from teams where id = $1";
const OF_OPERATOR: &str = "select t.id, t.slug, t.name, t.requires_second_factor from teams t join memberships m on m.team_id = t.id
    where m.operator_id = $1 order by t.name, t.id";
const INSERT: &str = "insert into teams (id, slug, name, created_at) values ($1, $2, $3, $4) on conflict (slug) do nothing";
const UPDATE: &str = "update teams set slug = $2, name = $3, requires_second_factor = $4 where id = $1";
const HOLD: &str = "update teams set name = name where id = $1";

pub async fn by_slug(db: &Db, slug: &str) -> StoreResult<Option<Team>> {
    on_db!(db, |pool| sqlx::query_as(BY_SLUG).bind(slug).fetch_optional(pool).await)
}

/// Every team there is.
pub async fn slugs(db: &Db) -> StoreResult<Vec<String>> {
    on_db!(db, |pool| sqlx::query_scalar(SLUGS).fetch_all(pool).await)
}

pub async fn get(db: &Db, team: TeamId) -> StoreResult<Option<Team>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(team).fetch_optional(pool).await)
}

/// As [`get`], seeing what this unit of work has written.
pub async fn get_in(tx: &mut Tx, team: TeamId) -> StoreResult<Option<Team>> {
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).fetch_optional(connection).await)
}

/// Those that a person belongs to.
pub async fn of_operator(db: &Db, operator: OperatorId) -> StoreResult<Vec<Team>> {
    on_db!(db, |pool| sqlx::query_as(OF_OPERATOR).bind(operator).fetch_all(pool).await)
}

/// It demands no second factor yet. False when the slug is taken.
pub async fn insert(tx: &mut Tx, team: &Team, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT).bind(team.id).bind(&team.slug).bind(&team.name).bind(now).execute(connection).await.map(affected_one))
}

/// Fails with a unique violation when the slug is taken.
pub async fn update(tx: &mut Tx, team: &Team) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team.id)
        .bind(&team.slug)
        .bind(&team.name)
        .bind(team.requires_second_factor)
        .execute(connection)
        .await
        .map(drop))
}

/// Lets one unit of work at a time decide who leads the team, and what it demands.
pub async fn hold(tx: &mut Tx, team: TeamId) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(HOLD).bind(team).execute(connection).await.map(drop))
}

pub async fn ensure_default(db: &Db, now: Timestamp) -> StoreResult<()> {
    if by_slug(db, DEFAULT_SLUG).await?.is_some() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    insert(&mut tx, &Team { id: TeamId::new(), slug: DEFAULT_SLUG.into(), name: "Default".into(), requires_second_factor: false }, now).await?;
    tx.commit().await
}
