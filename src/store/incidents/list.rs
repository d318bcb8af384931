//! Table `incidents`: many of them for people, each with the name of its connection.

use std::cmp::Reverse;

use crate::{StoreResult, TeamDb, like_pattern, on_db};
use domain::{
    folding::fold,
    incident::{Incident, IncidentFilter, ListedIncident},
    time::Timestamp,
};

/// The incidents of a team, each beside its connection, and what of them.
macro_rules! of_team {
    ($select:expr, $rest:literal) => {
        concat!("select ", $select, " from incidents i left join service_connection_profiles p on p.id = i.connection_id where i.team_id = $1 and ", $rest)
    };
}

/// The same, as [`ListedIncident`].
macro_rules! listed {
    ($rest:literal) => {
        of_team!(
            concat!(
                columns!(),
                ", p.name as connection_name, coalesce(p.environment, i.declared_in) as environment, p.owner as owner, p.runbook_url as runbook_url,
            (select fp.name from incidents f join service_connection_profiles fp on fp.id = f.connection_id where f.id = i.follows_id) as follows_name"
            ),
            $rest
        )
    };
}

const COUNT: &str = of_team!("count(*)", "($2 is null or i.status = $2) and ($3 is null or i.connection_id = $3)");
const PAGE: &str = listed!("($2 is null or i.status = $2) and ($3 is null or i.connection_id = $3) order by i.opened_at desc, i.id desc limit $4 offset $5");
const UNRESOLVED: &str = listed!(
    "i.status <> 'resolved' and i.merged_into is null order by case i.status when 'open' then 0 else 1 end, i.severity, i.opened_at desc, i.id desc limit $2"
);
const COUNT_UNRESOLVED: &str = "select count(*) from incidents where team_id = $1 and status <> 'resolved' and merged_into is null";
const FOUND: &str = listed!(
    "(i.correlation_id = $2 or lower(i.summary) like $3 escape '\\' or p.search_key like $3 escape '\\')
    order by i.opened_at desc, i.id desc limit $4"
);
/// Its own first, then those of its connection, then what else is unresolved.
const RELATED: &str = listed!(
    "i.id <> $2 and (i.id = $3 or i.merged_into = coalesce($3, $2) or (i.merged_into is null and (i.status <> 'resolved' or (i.connection_id = $4 and i.opened_at >= $5))))
    order by case when i.id = $3 or i.merged_into is not null then 0 when i.connection_id = $4 then 1 else 2 end, i.opened_at desc, i.id desc limit $6"
);

const NEWEST: &str = listed!("i.opened_at is not null order by i.opened_at desc, i.id desc limit $2");

/// Incidents whose summaries are read for a word that is searched for: only the newest, because a database folds letters otherwise than we do.
const READ: i64 = 1_000;

pub async fn count(db: &TeamDb, filter: IncidentFilter) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(COUNT).bind(db.team()).bind(filter.status).bind(filter.connection).fetch_one(pool).await)
}

/// The newest first, without timelines.
pub async fn page(db: &TeamDb, filter: IncidentFilter, limit: i64, offset: i64) -> StoreResult<Vec<ListedIncident>> {
    on_db!(db, |pool| sqlx::query_as(PAGE).bind(db.team()).bind(filter.status).bind(filter.connection).bind(limit).bind(offset).fetch_all(pool).await)
}

/// Those nobody has acknowledged first, then the most urgent; and how many there are in all. What is merged into another one goes on there.
pub async fn unresolved(db: &TeamDb, limit: i64) -> StoreResult<(Vec<ListedIncident>, i64)> {
    let found = on_db!(db, |pool| sqlx::query_as(UNRESOLVED).bind(db.team()).bind(limit).fetch_all(pool).await)?;
    let total = on_db!(db, |pool| sqlx::query_scalar(COUNT_UNRESOLVED).bind(db.team()).fetch_one(pool).await)?;
    Ok((found, total))
}

/// Those with `q` in their summary, or in the name, owner or tags of their connection, or as their correlation ID; the newest first.
pub async fn found(db: &TeamDb, q: &str, limit: i64) -> StoreResult<Vec<ListedIncident>> {
    let mut found: Vec<ListedIncident> =
        on_db!(db, |pool| sqlx::query_as(FOUND).bind(db.team()).bind(q).bind(like_pattern(q)).bind(limit).fetch_all(pool).await)?;
    let newest: Vec<ListedIncident> = on_db!(db, |pool| sqlx::query_as(NEWEST).bind(db.team()).bind(READ).fetch_all(pool).await)?;
    let q = fold(q);
    found.extend(newest.into_iter().filter(|listed| fold(&listed.incident.summary).contains(&q)));
    found.sort_by_key(|listed| Reverse((listed.incident.opened_at, listed.incident.id.as_uuid())));
    found.dedup_by_key(|listed| listed.incident.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// What `incident` is a part of and what is part of the same, what is unresolved beside it, and what happened to its connection at `since` or later.
pub async fn related(db: &TeamDb, incident: &Incident, since: Timestamp, limit: i64) -> StoreResult<Vec<ListedIncident>> {
    on_db!(db, |pool| sqlx::query_as(RELATED)
        .bind(db.team())
        .bind(incident.id)
        .bind(incident.merged_into)
        .bind(incident.connection_id)
        .bind(since)
        .bind(limit)
        .fetch_all(pool)
        .await)
}
