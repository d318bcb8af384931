//! Table `escalations`: how far the policy of an incident has gone.
//!
//! Whoever takes one on holds its row, and the incident's, until all that is to be told is written beside it: another node passes over it meanwhile,
//! and finds it as it was if that one dies.

use sqlx::types::Json;

use super::{Db, StoreResult, Tx};
use crate::{on_db, on_tx};
use domain::{
    escalation::Escalation,
    ids::{IncidentId, TeamId},
    time::Timestamp,
};

macro_rules! columns {
    () => {
        "e.incident_id, e.team_id, e.began_at, e.levels, e.next_level, e.escalates, e.respond_by, e.remind_minutes, e.remind_at"
    };
}

macro_rules! due {
    ($lock:literal) => {
        concat!("select ", columns!(), " from escalations e join incidents i on i.id = e.incident_id where e.due_at <= $1 order by e.due_at limit 1", $lock)
    };
}

macro_rules! of_incident {
    ($lock:literal) => {
        concat!("select ", columns!(), " from escalations e where e.team_id = $1 and e.incident_id = $2", $lock)
    };
}

const OLDEST_DUE: &str = "select min(due_at) from escalations where due_at is not null";
const DUE_SQLITE: &str = due!("");
const DUE_POSTGRES: &str = due!(" for no key update of e, i skip locked");
const OF_INCIDENT_SQLITE: &str = of_incident!("");
const OF_INCIDENT_POSTGRES: &str = of_incident!(" for no key update");
const INSERT: &str = "insert into escalations
    (incident_id, team_id, began_at, levels, next_level, escalates, respond_by, remind_minutes, remind_at, due_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing";
const SAVE: &str =
    "update escalations set next_level = $3, respond_by = $4, remind_at = $5, due_at = $6, began_at = $7 where team_id = $1 and incident_id = $2";
const GOING_ON: &str = concat!("select ", columns!(), " from escalations e where e.due_at is not null");
const END: &str = "update escalations set due_at = null where team_id = $1 and incident_id = $2";

/// When the first of all is due.
pub async fn oldest_due(db: &Db) -> StoreResult<Option<Timestamp>> {
    on_db!(db, |pool| sqlx::query_scalar(OLDEST_DUE).fetch_one(pool).await)
}

/// One of any team that is due and that nobody else is at.
pub async fn due(tx: &mut Tx, now: Timestamp) -> StoreResult<Option<Escalation>> {
    let sql = if tx.is_embedded() { DUE_SQLITE } else { DUE_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(now).fetch_optional(connection).await)
}

/// Waits for whoever is at it.
pub async fn of_incident(tx: &mut Tx, team: TeamId, incident: IncidentId) -> StoreResult<Option<Escalation>> {
    let sql = if tx.is_embedded() { OF_INCIDENT_SQLITE } else { OF_INCIDENT_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(team).bind(incident).fetch_optional(connection).await)
}

/// The first one of an incident stays.
pub async fn insert(tx: &mut Tx, escalation: &Escalation) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(escalation.incident_id)
        .bind(escalation.team_id)
        .bind(escalation.began_at)
        .bind(Json(&escalation.levels))
        .bind(escalation.next_level)
        .bind(escalation.escalates)
        .bind(escalation.respond_by)
        .bind(escalation.remind_minutes)
        .bind(escalation.remind_at)
        .bind(escalation.due_at())
        .execute(connection)
        .await
        .map(drop))
}

/// How far it has gone.
pub async fn save(tx: &mut Tx, escalation: &Escalation) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(SAVE)
        .bind(escalation.team_id)
        .bind(escalation.incident_id)
        .bind(escalation.next_level)
        .bind(escalation.respond_by)
        .bind(escalation.remind_at)
        .bind(escalation.due_at())
        .bind(escalation.began_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Of every team, those that have something before them.
pub async fn going_on(tx: &mut Tx) -> StoreResult<Vec<Escalation>> {
    on_tx!(tx, |connection| sqlx::query_as(GOING_ON).fetch_all(connection).await)
}

/// Nothing of it is due any more.
pub async fn end(tx: &mut Tx, team: TeamId, incident: IncidentId) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(END).bind(team).bind(incident).execute(connection).await.map(drop))
}
