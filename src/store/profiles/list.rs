//! Table `service_connection_profiles`: many connections, filtered, ordered, paged and counted.

use crate::{StoreResult, TeamDb, bulk::Bulk, like_pattern, on_db};
use domain::{
    folding::fold,
    ids::ProfileId,
    listing::{Filter, Sort, StateCount},
    profile::ServiceConnectionProfile,
    time::Timestamp,
    token_limits::TokenLimits,
};
use sqlx::types::Json;

/// Archived connections are listed only when asked for by state.
macro_rules! matching {
    ($select:expr, $rest:expr) => {
        concat!(
            "select ",
            $select,
            " from service_connection_profiles
            where team_id = $1 and ($2 is null or environment = $2) and ($3 is null or kind = $3)
            and case when $4 is null then state <> 'archived' else state = $4 end
            and ($5 is null or search_key like $5 escape '\\')",
            $rest
        )
    };
}

/// What an actor's limits cover.
macro_rules! within {
    () => {
        " and ($10 is null or $10 like '%,' || environment || ',%')"
    };
}

const COUNT: &str = matching!("count(*)", "");
const BY_NAME: &str = matching!(columns!(), concat!(" and ($6 is null or (name_key, id) > ($6, $7))", within!(), " order by name_key, id limit $8 offset $9"));
const BY_NAME_DESCENDING: &str =
    matching!(columns!(), concat!(" and ($6 is null or (name_key, id) < ($6, $7))", within!(), " order by name_key desc, id desc limit $8 offset $9"));
const BY_UPDATED: &str =
    matching!(columns!(), concat!(" and ($6 is null or (updated_at, id) > ($6, $7))", within!(), " order by updated_at, id limit $8 offset $9"));
const BY_UPDATED_DESCENDING: &str =
    matching!(columns!(), concat!(" and ($6 is null or (updated_at, id) < ($6, $7))", within!(), " order by updated_at desc, id desc limit $8 offset $9"));
const COUNTS: &str = "select environment, state, count(*) as count from service_connection_profiles
    where team_id = $1 and state <> 'archived' group by environment, state order by environment, state";
const NEEDING_A_PERSON: &str = concat!(
    "select ",
    columns!(),
    " from service_connection_profiles p
    where team_id = $1 and (state = 'verified' or (state = 'active' and verified_version is null)
        or (state = 'draft' and exists (select 1 from connection_verifications v where v.connection_id = p.id)))
    order by updated_at desc, id desc limit 8"
);
const UNTESTED: &str = "select count(*) from service_connection_profiles p
    where team_id = $1 and state = 'draft' and not exists (select 1 from connection_verifications v where v.connection_id = p.id)";

macro_rules! several {
    ($ids:literal) => {
        concat!("select ", columns!(), " from service_connection_profiles where team_id = $1 and id in (select ", $ids, ")")
    };
}

/// They differ in how an id is written as JSON.
const SEVERAL: Bulk = Bulk {
    sqlite: several!("unhex(replace(value, '-', '')) from json_each($2)"),
    postgres: several!("cast(value as uuid) from jsonb_array_elements_text($2)"),
};

/// Where a page begins.
#[derive(Clone, Debug, PartialEq)]
pub enum From {
    /// After skipping so many.
    Offset(i64),
    /// After the connection of this id and key, so that rows that come or go do not shift the page.
    After(Key, ProfileId),
}

/// The value a connection is ordered by.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Key {
    Updated(Timestamp),
    Name(String),
}

pub async fn count(db: &TeamDb, filter: &Filter) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(COUNT)
        .bind(db.team())
        .bind(filter.environment)
        .bind(&filter.kind)
        .bind(filter.state)
        .bind(filter.q.as_deref().map(like_pattern))
        .fetch_one(pool)
        .await)
}

/// Those that `limits` cover.
pub async fn page(db: &TeamDb, limits: &TokenLimits, filter: &Filter, sort: Sort, from: From, limit: i64) -> StoreResult<Vec<ServiceConnectionProfile>> {
    let sql = match sort {
        Sort::Name => BY_NAME,
        Sort::NameDescending => BY_NAME_DESCENDING,
        Sort::Updated => BY_UPDATED,
        Sort::UpdatedDescending => BY_UPDATED_DESCENDING,
    };
    let (after, offset) = match from {
        From::Offset(offset) => (None, offset),
        From::After(key, id) => (Some((key, id)), 0),
    };
    on_db!(db, |pool| {
        let query =
            sqlx::query_as(sql).bind(db.team()).bind(filter.environment).bind(&filter.kind).bind(filter.state).bind(filter.q.as_deref().map(like_pattern));
        let query = match (sort, &after) {
            (Sort::Updated | Sort::UpdatedDescending, Some((Key::Updated(at), _))) => query.bind(Some(*at)),
            (Sort::Updated | Sort::UpdatedDescending, _) => query.bind(None::<Timestamp>),
            (_, Some((Key::Name(name), _))) => query.bind(Some(fold(name))),
            (_, _) => query.bind(None::<String>),
        };
        query.bind(after.as_ref().map(|(_, id)| *id)).bind(limit).bind(offset).bind(limits.environment_names()).fetch_all(pool).await
    })
}

pub async fn counts(db: &TeamDb) -> StoreResult<Vec<StateCount>> {
    on_db!(db, |pool| sqlx::query_as(COUNTS).bind(db.team()).fetch_all(pool).await)
}

/// At most 8 connections that wait for someone: drafts that were tested, verified but not active, or active and failing their last test.
pub async fn needing_a_person(db: &TeamDb) -> StoreResult<Vec<ServiceConnectionProfile>> {
    on_db!(db, |pool| sqlx::query_as(NEEDING_A_PERSON).bind(db.team()).fetch_all(pool).await)
}

/// Drafts that have never been tested.
pub async fn untested(db: &TeamDb) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(UNTESTED).bind(db.team()).fetch_one(pool).await)
}

/// Those of these ids, in no order.
pub async fn several(db: &TeamDb, ids: &[ProfileId]) -> StoreResult<Vec<ServiceConnectionProfile>> {
    let sql = if db.is_embedded() { SEVERAL.sqlite } else { SEVERAL.postgres };
    on_db!(db, |pool| sqlx::query_as(sql).bind(db.team()).bind(Json(ids)).fetch_all(pool).await)
}
