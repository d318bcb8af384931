//! Table `action_items`.

use super::{StoreResult, TeamDb, TeamTx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{ActionItemId, IncidentId},
    post_mortem::{ActionItem, Place},
    token_limits::TokenLimits,
};

/// What an action item, `a`, is read by.
macro_rules! columns {
    () => {
        "a.id, a.incident_id, a.version, a.text, a.owner, a.due_on, a.created_by, a.created_at, a.done_by, a.done_at"
    };
}

const GET: &str = concat!("select ", columns!(), " from action_items a where team_id = $1 and id = $2");
const OF_INCIDENT: &str = concat!("select ", columns!(), " from action_items a where team_id = $1 and incident_id = $2 order by created_at, id");
/// What is due next first, what has no day last, and what is done after all that: the order of [`Place`]s.
const LATEST: &str = concat!(
    "select ",
    columns!(),
    ", i.summary, i.declared_by, p.name as connection_name
    from action_items a join incidents i on i.id = a.incident_id left join service_connection_profiles p on p.id = i.connection_id
    where a.team_id = $1 and ($2 is null or (a.done_at is not null) = $2)
    and ($3 is null or (case when a.done_at is null then 0 else 1 end, coalesce(a.due_on, '9999-12-31'), a.id) > ($3, $4, $5))
    and ($7 is null or $7 like '%,' || coalesce(p.environment, i.declared_in) || ',%')
    order by case when a.done_at is null then 0 else 1 end, coalesce(a.due_on, '9999-12-31'), a.id limit $6"
);
const INSERT: &str = "insert into action_items (id, team_id, incident_id, version, text, owner, due_on, created_by, created_at)
    values ($2, $1, $3, 1, $4, $5, $6, $7, $8)";
const UPDATE: &str = "update action_items set version = version + 1, text = $4, owner = $5, due_on = $6, done_by = $7, done_at = $8
    where team_id = $1 and id = $2 and version = $3";
const DELETE: &str = "delete from action_items where team_id = $1 and id = $2";

/// One in a list, with what its incident is called by.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    #[sqlx(flatten)]
    pub item: ActionItem,
    pub summary: String,
    pub declared_by: Option<String>,
    pub connection_name: Option<String>,
}

pub async fn get(db: &TeamDb, id: ActionItemId) -> StoreResult<Option<ActionItem>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// In the order in which they were added.
pub async fn of_incident(db: &TeamDb, incident: IncidentId) -> StoreResult<Vec<ActionItem>> {
    on_db!(db, |pool| sqlx::query_as(OF_INCIDENT).bind(db.team()).bind(incident).fetch_all(pool).await)
}

/// Those of incidents that `limits` cover, beginning after the one of that place.
pub async fn latest(db: &TeamDb, limits: &TokenLimits, is_done: Option<bool>, after: Option<Place>, limit: i64) -> StoreResult<Vec<Listed>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(is_done)
        .bind(after.map(|(done, ..)| done))
        .bind(after.map(|(_, day, _)| day))
        .bind(after.map(|(.., id)| id))
        .bind(limit)
        .bind(limits.environment_names())
        .fetch_all(pool)
        .await)
}

pub async fn insert(tx: &mut TeamTx, item: &ActionItem) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(team)
        .bind(item.id)
        .bind(item.incident_id)
        .bind(&item.text)
        .bind(&item.owner)
        .bind(item.due_on)
        .bind(&item.created_by)
        .bind(item.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Writes over `item.version`. False when that is not the current one.
pub async fn update(tx: &mut TeamTx, item: &ActionItem) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team)
        .bind(item.id)
        .bind(item.version)
        .bind(&item.text)
        .bind(&item.owner)
        .bind(item.due_on)
        .bind(&item.done_by)
        .bind(item.done_at)
        .execute(connection)
        .await
        .map(affected_one))
}

/// False when there is none.
pub async fn delete(tx: &mut TeamTx, id: ActionItemId) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(DELETE).bind(team).bind(id).execute(connection).await.map(affected_one))
}
