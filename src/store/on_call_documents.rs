//! Tables `contacts`, `on_call_schedules` and `escalation_policies`: what a team keeps as a whole, under a name of its own.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    folding::fold,
    ids::{Id, TeamId},
    on_call::{Contact, EscalationPolicy, OnCallDocument, OnCallSchedule, Stored},
    time::Timestamp,
};

/// The statements of one table.
pub struct Statements {
    of_team: &'static str,
    get: &'static str,
    count: &'static str,
    insert: &'static str,
    update: &'static str,
    delete: &'static str,
}

macro_rules! statements {
    ($table:literal) => {
        Statements {
            of_team: concat!("select id, version, body, created_at, updated_at from ", $table, " where team_id = $1 order by name_key, id"),
            get: concat!("select id, version, body, created_at, updated_at from ", $table, " where team_id = $1 and id = $2"),
            count: concat!("select count(*) from ", $table, " where team_id = $1"),
            insert: concat!("insert into ", $table, " (team_id, id, name_key, version, body, created_at, updated_at) values ($1, $2, $3, 1, $4, $5, $5)"),
            update: concat!(
                "update ",
                $table,
                " set name_key = $3, body = $4, updated_at = $5, version = version + 1 where team_id = $1 and id = $2 and version = $6"
            ),
            delete: concat!("delete from ", $table, " where team_id = $1 and id = $2"),
        }
    };
}

/// What has a table of its own here.
pub trait Table: OnCallDocument {
    const STATEMENTS: Statements;
}

impl Table for Contact {
    const STATEMENTS: Statements = statements!("contacts");
}

impl Table for OnCallSchedule {
    const STATEMENTS: Statements = statements!("on_call_schedules");
}

impl Table for EscalationPolicy {
    const STATEMENTS: Statements = statements!("escalation_policies");
}

type Row<T> = (Id<()>, i64, Json<T>, Timestamp, Timestamp);

fn stored<T>((id, version, Json(of), created_at, updated_at): Row<T>) -> Stored<T> {
    Stored { id, version, of, created_at, updated_at }
}

/// By name.
pub async fn of_team<T: Table>(db: &TeamDb) -> StoreResult<Vec<Stored<T>>> {
    let rows: Vec<Row<T>> = on_db!(db, |pool| sqlx::query_as(T::STATEMENTS.of_team).bind(db.team()).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(stored).collect())
}

/// The same, seeing what this unit of work has written.
pub async fn of_team_in<T: Table>(tx: &mut Tx, team: TeamId) -> StoreResult<Vec<Stored<T>>> {
    let rows: Vec<Row<T>> = on_tx!(tx, |connection| sqlx::query_as(T::STATEMENTS.of_team).bind(team).fetch_all(connection).await)?;
    Ok(rows.into_iter().map(stored).collect())
}

pub async fn get<T: Table>(db: &TeamDb, id: Id<()>) -> StoreResult<Option<Stored<T>>> {
    let row: Option<Row<T>> = on_db!(db, |pool| sqlx::query_as(T::STATEMENTS.get).bind(db.team()).bind(id).fetch_optional(pool).await)?;
    Ok(row.map(stored))
}

/// The same, seeing what this unit of work has written.
pub async fn get_in<T: Table>(tx: &mut Tx, team: TeamId, id: Id<()>) -> StoreResult<Option<Stored<T>>> {
    let row: Option<Row<T>> = on_tx!(tx, |connection| sqlx::query_as(T::STATEMENTS.get).bind(team).bind(id).fetch_optional(connection).await)?;
    Ok(row.map(stored))
}

pub async fn count<T: Table>(tx: &mut TeamTx) -> StoreResult<i64> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(T::STATEMENTS.count).bind(team).fetch_one(connection).await)
}

/// Fails with a unique violation when the name is taken.
pub async fn insert<T: Table>(tx: &mut TeamTx, id: Id<()>, of: &T, now: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(T::STATEMENTS.insert)
        .bind(team)
        .bind(id)
        .bind(fold(of.name()))
        .bind(Json(of))
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// False when `version` is not the current one.
pub async fn update<T: Table>(tx: &mut TeamTx, id: Id<()>, version: i64, of: &T, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(T::STATEMENTS.update)
        .bind(team)
        .bind(id)
        .bind(fold(of.name()))
        .bind(Json(of))
        .bind(now)
        .bind(version)
        .execute(connection)
        .await
        .map(affected_one))
}

/// False when there is no such thing.
pub async fn delete<T: Table>(tx: &mut TeamTx, id: Id<()>) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(T::STATEMENTS.delete).bind(team).bind(id).execute(connection).await.map(affected_one))
}
