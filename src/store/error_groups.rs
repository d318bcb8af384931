//! Tables `error_groups` and `error_group_hours`: errors of a kind, counted as each is recorded.

use super::{StoreResult, TeamDb, TeamTx, Tx, affected_one, hash_token, like_pattern};
use crate::{on_db, on_tx};
use domain::{
    error_event::ErrorEvent,
    error_group::{ErrorGroup, GroupFilter, GroupHour, fingerprint, hour_of, place_of},
    folding::fold,
    ids::{ErrorGroupId, TeamId},
    time::Timestamp,
};

/// What a group is read by.
macro_rules! columns {
    () => {
        "id, team_id, code, service, connection_id, place, severity, message, correlation_id, count, first_seen, last_seen, status,
        resolved_at, resolved_by, note, reopened"
    };
}

/// Those of the team, or those that nobody was signed in for: each half walks its index in order.
macro_rules! half {
    ($whose:literal) => {
        concat!(
            "select * from (select ",
            columns!(),
            " from error_groups where ",
            $whose,
            " and ($2 is null or code = $2) and ($3 is null or service = $3) and ($4 is null or severity = $4) and ($5 is null or status = $5)
            and not ($6 and severity = 'info' and service = 'switchboard') and ($7 is null or last_seen >= $7) and ($8 is null or first_seen < $8)
            and ($9 is null or search_key like $9 escape '\\' or lower(correlation_id) like $9 escape '\\')
            and ($10 is null or (last_seen, id) < ($10, $11))
            order by last_seen desc, id desc limit $12) as half"
        )
    };
}

const LATEST: &str = concat!(half!("team_id = $1"), " union all ", half!("team_id is null"), " order by last_seen desc, id desc limit $12");
const GET: &str = concat!("select ", columns!(), " from error_groups where id = $2 and (team_id = $1 or team_id is null)");
const COUNT: &str = "insert into error_groups
    (id, team_id, fingerprint, code, service, connection_id, place, severity, message, correlation_id, search_key, count, first_seen, last_seen, status)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12, 'open')
    on conflict (fingerprint) do update set count = error_groups.count + 1, last_seen = excluded.last_seen, severity = excluded.severity,
        message = excluded.message, correlation_id = excluded.correlation_id, search_key = excluded.search_key,
        reopened = error_groups.reopened + case error_groups.status when 'resolved' then 1 else 0 end, status = 'open'
    returning id";
const COUNT_HOUR: &str = "insert into error_group_hours (group_id, team_id, hour, count) values ($1, $2, $3, 1)
    on conflict (group_id, hour) do update set count = error_group_hours.count + 1";
const RESOLVE: &str = "update error_groups set status = 'resolved', resolved_at = $3, resolved_by = $4, note = $5
    where team_id = $1 and id = $2 and status = 'open'";
const HOURS: &str = "select group_id, hour, count from error_group_hours where (team_id = $1 or team_id is null) and hour >= $2 order by hour, group_id";
const HOURS_OF: &str =
    "select group_id, hour, count from error_group_hours where (team_id = $1 or team_id is null) and group_id = $2 and hour >= $3 order by hour";

/// The one most recently seen first, beginning after the group of that moment and id.
pub async fn latest(db: &TeamDb, filter: &GroupFilter, after: Option<(Timestamp, ErrorGroupId)>, limit: i64) -> StoreResult<Vec<ErrorGroup>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(&filter.code)
        .bind(&filter.service)
        .bind(filter.severity)
        .bind(filter.status)
        .bind(filter.only_failures)
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.q.as_deref().map(like_pattern))
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .fetch_all(pool)
        .await)
}

pub async fn get(db: &TeamDb, id: ErrorGroupId) -> StoreResult<Option<ErrorGroup>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// As [`get`], seeing what this unit of work has written.
pub async fn get_in(tx: &mut TeamTx, id: ErrorGroupId) -> StoreResult<Option<ErrorGroup>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// Every group's hours from `since` on, the oldest first.
pub async fn hours(db: &TeamDb, since: Timestamp) -> StoreResult<Vec<GroupHour>> {
    on_db!(db, |pool| sqlx::query_as(HOURS).bind(db.team()).bind(since).fetch_all(pool).await)
}

/// One group's hours from `since` on, the oldest first; none stands for an hour without errors.
pub async fn hours_of(db: &TeamDb, id: ErrorGroupId, since: Timestamp) -> StoreResult<Vec<GroupHour>> {
    on_db!(db, |pool| sqlx::query_as(HOURS_OF).bind(db.team()).bind(id).bind(since).fetch_all(pool).await)
}

/// Counts an event among those of its kind, and opens the group again where it was resolved.
pub(super) async fn count(tx: &mut Tx, event: &ErrorEvent) -> StoreResult<ErrorGroupId> {
    let place = place_of(&event.operation);
    let message = if event.user_message.is_empty() { &event.message } else { &event.user_message };
    let search_key = fold(&format!("{}\n{place}\n{message}", event.code));
    let team: Option<TeamId> = event.team_id;
    on_tx!(tx, |connection| {
        let counted = sqlx::query_scalar(COUNT)
            .bind(ErrorGroupId::new())
            .bind(team)
            .bind(hash_token(&fingerprint(event)))
            .bind(&event.code)
            .bind(&event.service)
            .bind(event.connection_id)
            .bind(&place)
            .bind(event.severity)
            .bind(message)
            .bind(&event.correlation_id)
            .bind(&search_key)
            .bind(event.occurred_at);
        let id: ErrorGroupId = counted.fetch_one(&mut *connection).await?;
        sqlx::query(COUNT_HOUR).bind(id).bind(team).bind(hour_of(event.occurred_at)).execute(connection).await.map(|_| id)
    })
}

/// False where it is resolved already, or no group of the team's.
pub async fn resolve(tx: &mut TeamTx, id: ErrorGroupId, at: Timestamp, by: &str, note: &str) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(RESOLVE).bind(team).bind(id).bind(at).bind(by).bind(note).execute(connection).await.map(affected_one))
}
