//! Tables `runbooks` and `runbook_versions`: a team's own procedures, and all that they were before.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    folding::fold,
    ids::RunbookId,
    runbook::{KeptRunbook, Runbook, RunbookVersion},
    time::Timestamp,
};

macro_rules! columns {
    () => {
        "id, name, version, yaml, document, updated_by, created_at, updated_at"
    };
}

const OF_TEAM: &str = concat!("select ", columns!(), " from runbooks where team_id = $1 order by name_key, id");
const GET: &str = concat!("select ", columns!(), " from runbooks where team_id = $1 and id = $2");
const COUNT: &str = "select count(*) from runbooks where team_id = $1";
const INSERT: &str = "insert into runbooks (id, team_id, name, name_key, version, yaml, document, updated_by, created_at, updated_at)
    values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $8)";
const UPDATE: &str = "update runbooks set name = $4, name_key = $5, yaml = $6, document = $7, updated_by = $8, updated_at = $9, version = version + 1
    where team_id = $1 and id = $2 and version = $3";
const DELETE_VERSIONS: &str = "delete from runbook_versions where team_id = $1 and runbook_id = $2";
const DELETE: &str = "delete from runbooks where team_id = $1 and id = $2";
const KEEP: &str = "insert into runbook_versions (runbook_id, version, team_id, yaml, by, at) values ($1, $2, $3, $4, $5, $6)";
const VERSIONS: &str = "select version, yaml, by, at from runbook_versions where team_id = $1 and runbook_id = $2 order by version desc limit $3";

#[derive(sqlx::FromRow)]
struct Row {
    id: RunbookId,
    name: String,
    version: i64,
    yaml: String,
    #[sqlx(json)]
    document: Runbook,
    updated_by: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for KeptRunbook {
    fn from(row: Row) -> Self {
        let Row { id, name, version, yaml, document, updated_by, created_at, updated_at } = row;
        Self { id, name, shipped: false, version, yaml, document, updated_by: Some(updated_by), created_at: Some(created_at), updated_at: Some(updated_at) }
    }
}

/// What a person wrote.
pub struct Written<'a> {
    pub id: RunbookId,
    pub name: &'a str,
    pub yaml: &'a str,
    pub document: &'a Runbook,
    pub by: &'a str,
    pub at: Timestamp,
}

/// By name.
pub async fn of_team(db: &TeamDb) -> StoreResult<Vec<KeptRunbook>> {
    let rows: Vec<Row> = on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(db.team()).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub async fn get(db: &TeamDb, id: RunbookId) -> StoreResult<Option<KeptRunbook>> {
    let row: Option<Row> = on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)?;
    Ok(row.map(Into::into))
}

pub async fn count(tx: &mut TeamTx) -> StoreResult<i64> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT).bind(team).fetch_one(connection).await)
}

/// As version 1. Fails with a unique violation when the name is taken.
pub async fn insert(tx: &mut TeamTx, written: &Written<'_>) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(written.id)
        .bind(team)
        .bind(written.name)
        .bind(fold(written.name))
        .bind(written.yaml)
        .bind(Json(written.document))
        .bind(written.by)
        .bind(written.at)
        .execute(connection)
        .await
        .map(drop))?;
    keep(tx, 1, written).await
}

/// Over the version that was `seen`. False when that is not the current one.
pub async fn update(tx: &mut TeamTx, seen: i64, written: &Written<'_>) -> StoreResult<bool> {
    let team = tx.team();
    let is_written = on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team)
        .bind(written.id)
        .bind(seen)
        .bind(written.name)
        .bind(fold(written.name))
        .bind(written.yaml)
        .bind(Json(written.document))
        .bind(written.by)
        .bind(written.at)
        .execute(connection)
        .await
        .map(affected_one))?;
    if is_written {
        keep(tx, seen + 1, written).await?;
    }
    Ok(is_written)
}

async fn keep(tx: &mut TeamTx, version: i64, written: &Written<'_>) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(KEEP)
        .bind(written.id)
        .bind(version)
        .bind(team)
        .bind(written.yaml)
        .bind(written.by)
        .bind(written.at)
        .execute(connection)
        .await
        .map(drop))
}

/// With its history. False when there is no such runbook.
pub async fn delete(tx: &mut TeamTx, id: RunbookId) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| {
        sqlx::query(DELETE_VERSIONS).bind(team).bind(id).execute(&mut *connection).await?;
        sqlx::query(DELETE).bind(team).bind(id).execute(connection).await.map(affected_one)
    })
}

/// The newest first.
pub async fn versions(db: &TeamDb, id: RunbookId, limit: i64) -> StoreResult<Vec<RunbookVersion>> {
    on_db!(db, |pool| sqlx::query_as(VERSIONS).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)
}
