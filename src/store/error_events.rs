//! Table `error_events`.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, Tx, error_groups};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    error_event::{ErrorEvent, ErrorFilter},
    folding::fold,
    ids::Id,
    time::Timestamp,
};

/// What an error is read by.
macro_rules! columns {
    () => {
        "id, team_id, correlation_id, code, user_message, message, severity, service, environment, operation, actor, connection_id,
        context, trace_id, group_id, log_lines, occurred_at"
    };
}

/// Events that nobody was signed in for belong to no team, and every team's operators may look them up.
const BY_CORRELATION: &str = concat!(
    "select ",
    columns!(),
    " from error_events where correlation_id = $2 and (team_id = $1 or team_id is null)
    order by occurred_at desc, id desc limit 50"
);
/// Those of the team, or those that nobody was signed in for: each half walks an index in order, and stops when it has enough.
/// Only what is found is read whole, for contexts and log lines are large.
macro_rules! half {
    ($whose:literal) => {
        concat!(
            "select * from (select id from error_events where ",
            $whose,
            " and ($2 is null or code = $2) and ($3 is null or service = $3)
            and ($4 is null or occurred_at >= $4) and ($5 is null or occurred_at < $5)
            and ($6 is null or search_key like $6 escape '\\')
            and ($7 is null or (occurred_at, id) < ($7, $8))
            and ($10 is null or severity = $10) and not ($11 and severity = 'info' and service = 'switchboard') and ($12 is null or group_id = $12)
            order by occurred_at desc, id desc limit $9) as half"
        )
    };
}

const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from error_events where id in (",
    half!("team_id = $1"),
    " union all ",
    half!("team_id is null"),
    ") order by occurred_at desc, id desc limit $9"
);
const INSERT: &str = "insert into error_events
    (id, team_id, correlation_id, code, user_message, message, severity, service, environment, operation, actor, connection_id, context, trace_id, occurred_at,
     search_key, group_id, log_lines)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// What it is searched for: correlation ID and messages, one a line.
pub(super) fn search_key(correlation_id: &CorrelationId, user_message: &str, message: &str) -> String {
    fold(&format!("{correlation_id}\n{user_message}\n{message}"))
}

pub async fn by_correlation(db: &TeamDb, id: &CorrelationId) -> StoreResult<Vec<ErrorEvent>> {
    on_db!(db, |pool| sqlx::query_as(BY_CORRELATION).bind(db.team()).bind(id).fetch_all(pool).await)
}

/// The newest first, beginning after the event of that moment and id.
pub async fn latest(db: &TeamDb, filter: &ErrorFilter, after: Option<(Timestamp, Id<ErrorEvent>)>, limit: i64) -> StoreResult<Vec<ErrorEvent>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(&filter.code)
        .bind(&filter.service)
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.q.as_deref().map(super::like_pattern))
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .bind(filter.severity)
        .bind(filter.only_failures)
        .bind(filter.group)
        .fetch_all(pool)
        .await)
}

/// Counts it among those of its kind, whatever group it names itself.
pub async fn insert(tx: &mut Tx, event: &ErrorEvent) -> StoreResult<()> {
    let group = error_groups::count(tx, event).await?;
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(event.id)
        .bind(event.team_id)
        .bind(&event.correlation_id)
        .bind(&event.code)
        .bind(&event.user_message)
        .bind(&event.message)
        .bind(event.severity)
        .bind(&event.service)
        .bind(&event.environment)
        .bind(&event.operation)
        .bind(&event.actor)
        .bind(event.connection_id)
        .bind(Json(&event.context))
        .bind(&event.trace_id)
        .bind(event.occurred_at)
        .bind(search_key(&event.correlation_id, &event.user_message, &event.message))
        .bind(group)
        .bind(Json(&event.log_lines))
        .execute(connection)
        .await
        .map(drop))
}
