//! Tables `incidents` and `incident_timeline`, which are only ever written together.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    ids::{Id, IncidentId, ProfileId, TeamId},
    incident::{Incident, IncidentFilter, IncidentStatus, TimelineEntry},
    time::Timestamp,
    token_limits::TokenLimits,
};

/// What an incident, `i`, is read by.
macro_rules! columns {
    () => {
        "i.id, i.connection_id, i.severity, i.status, i.opened_at, i.first_failed_at, i.acknowledged_at, i.acknowledged_by,
        i.assessed_at, i.assessed_by, i.mitigated_at, i.mitigated_by, i.resolved_at, i.resolved_by, i.post_mortem_at, i.post_mortem_by,
        i.post_mortem_due_at, i.declared_by, i.declared_in, i.assignee, i.merged_into, i.version, i.summary, i.correlation_id,
        i.group_id, i.held_back, i.follows_id,
        case when i.post_mortem_at is not null then 'post_mortem' when i.status = 'resolved' then 'resolved'
            when i.mitigated_at is not null then 'mitigated' when i.assessed_at is not null then 'assessed' else i.status end as stage"
    };
}

pub mod context;
pub mod groups;
pub mod list;
pub mod overdue;
pub mod related;

const GET: &str = concat!("select ", columns!(), " from incidents i where team_id = $1 and id = $2");
const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from incidents i where team_id = $1 and ($2 is null or status = $2) and ($3 is null or connection_id = $3)
    and ($4 is null or (opened_at, id) < ($4, $5))
    and ($7 is null or (i.connection_id is null and $7 like '%,' || i.declared_in || ',%')
        or exists (select 1 from service_connection_profiles p where p.id = i.connection_id and $7 like '%,' || p.environment || ',%'))
    order by opened_at desc, id desc limit $6"
);
const CAUSE: &str = "select cause from incidents where team_id = $1 and id = $2";
const NAME_CAUSE: &str = "update incidents set cause = $3 where team_id = $1 and id = $2";
const UNDER: &str = concat!("select ", columns!(), " from incidents i where team_id = $1 and correlation_id = $2 order by opened_at, id limit $3");
const OPEN_OF_CONSOLE: &str = "select id from incidents where team_id = $1 and connection_id is null and declared_by is null and status <> 'resolved'";
const UNRESOLVED_OF: &str = "select id from incidents where team_id = $1 and connection_id = $2 and declared_by is null and status <> 'resolved'";
const CHANGED: &str = "select team_id, id, status, version from incidents where updated_at >= $1";
const INSERT: &str = "insert into incidents
    (id, team_id, connection_id, severity, status, opened_at, updated_at, first_failed_at, summary, correlation_id, declared_by, declared_in, assignee)
    values ($1, $2, $3, $4, 'open', $5, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing";

/// Whatever is changed of an incident makes another version of it.
macro_rules! change {
    ($set:literal, $only:literal) => {
        concat!("update incidents set ", $set, ", version = version + 1, updated_at = $3 where team_id = $1 and id = $2 and ", $only)
    };
}

/// Whoever acknowledges has it, unless someone has.
const ACKNOWLEDGE: &str = change!("status = 'acknowledged', acknowledged_at = $3, acknowledged_by = $4, assignee = coalesce(assignee, $4)", "status = 'open'");
const ASSESS: &str = change!("assessed_at = $3, assessed_by = $4", "status <> 'resolved' and assessed_at is null");
const MITIGATE: &str = change!("mitigated_at = $3, mitigated_by = $4", "status <> 'resolved' and mitigated_at is null");
/// A person who resolves what nobody took on has taken it on.
const RESOLVE: &str = change!(
    "status = 'resolved', resolved_at = $3, resolved_by = $4, post_mortem_due_at = $5,
    acknowledged_at = case when $4 is null then acknowledged_at else coalesce(acknowledged_at, $3) end, acknowledged_by = coalesce(acknowledged_by, $4)",
    "status <> 'resolved'"
);
const TOUCH: &str = change!("summary = summary", "true");
const EDIT: &str = change!("severity = $5, assignee = $6, post_mortem_due_at = $7", "version = $4");
const COMPLETE: &str = change!("post_mortem_at = $3, post_mortem_by = $4", "status = 'resolved' and post_mortem_at is null");
const NOTE: &str = "insert into incident_timeline (id, team_id, incident_id, at, kind, text, by, other_id) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const TIMELINE: &str = "select at, kind, text, by, other_id from incident_timeline where team_id = $1 and incident_id = $2 order by at, id";

/// Which cause its failure was of, as runbooks name it; none where it was opened without.
pub async fn cause(db: &TeamDb, id: IncidentId) -> StoreResult<Option<String>> {
    let cause: Option<Option<String>> = on_db!(db, |pool| sqlx::query_scalar(CAUSE).bind(db.team()).bind(id).fetch_optional(pool).await)?;
    Ok(cause.flatten())
}

pub async fn get(db: &TeamDb, id: IncidentId) -> StoreResult<Option<Incident>> {
    let found: Option<Incident> = on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)?;
    let Some(mut incident) = found else { return Ok(None) };
    incident.timeline = on_db!(db, |pool| sqlx::query_as(TIMELINE).bind(db.team()).bind(id).fetch_all(pool).await)?;
    Ok(Some(incident))
}

/// Those that opened under a correlation ID, with their timelines, the oldest first.
pub async fn under(db: &TeamDb, id: &CorrelationId, limit: i64) -> StoreResult<Vec<Incident>> {
    let mut found: Vec<Incident> = on_db!(db, |pool| sqlx::query_as(UNDER).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)?;
    for incident in &mut found {
        incident.timeline = on_db!(db, |pool| sqlx::query_as(TIMELINE).bind(db.team()).bind(incident.id).fetch_all(pool).await)?;
    }
    Ok(found)
}

/// Without its timeline, seeing what this unit of work has written.
pub async fn get_in(tx: &mut Tx, team: TeamId, id: IncidentId) -> StoreResult<Option<Incident>> {
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// The newest first of those about a connection that `limits` cover, beginning after the one of that moment and id; without timelines.
pub async fn latest(
    db: &TeamDb,
    limits: &TokenLimits,
    filter: IncidentFilter,
    after: Option<(Timestamp, IncidentId)>,
    limit: i64,
) -> StoreResult<Vec<Incident>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(filter.status)
        .bind(filter.connection)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .bind(limits.environment_names())
        .fetch_all(pool)
        .await)
}

/// Incidents of every team of which something has changed at `since` or later, with their versions.
pub async fn changed_since(db: &Db, since: Timestamp) -> StoreResult<Vec<(TeamId, IncidentId, IncidentStatus, i64)>> {
    on_db!(db, |pool| sqlx::query_as(CHANGED).bind(since).fetch_all(pool).await)
}

/// The incident about the console itself, if one is open.
pub async fn open_of_console(tx: &mut Tx, team: TeamId) -> StoreResult<Option<IncidentId>> {
    on_tx!(tx, |connection| sqlx::query_scalar(OPEN_OF_CONSOLE).bind(team).fetch_optional(connection).await)
}

/// The incident about a connection that is not resolved, if there is one.
pub async fn unresolved_of(tx: &mut TeamTx, connection: ProfileId) -> StoreResult<Option<IncidentId>> {
    let team = tx.team();
    on_tx!(tx, |database| sqlx::query_scalar(UNRESOLVED_OF).bind(team).bind(connection).fetch_optional(database).await)
}

/// False when another one is unresolved.
pub async fn insert(tx: &mut Tx, team: TeamId, incident: &Incident) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(incident.id)
        .bind(team)
        .bind(incident.connection_id)
        .bind(incident.severity)
        .bind(incident.opened_at)
        .bind(incident.first_failed_at)
        .bind(&incident.summary)
        .bind(&incident.correlation_id)
        .bind(&incident.declared_by)
        .bind(incident.environment)
        .bind(&incident.owner)
        .execute(connection)
        .await
        .map(affected_one))
}

/// Notes what its failure was of.
pub async fn name_cause(tx: &mut Tx, team: TeamId, id: IncidentId, cause: &str) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(NAME_CAUSE).bind(team).bind(id).bind(cause).execute(connection).await.map(drop))
}

/// False when it is not open.
pub async fn acknowledge(tx: &mut TeamTx, id: IncidentId, at: Timestamp, by: &str) -> StoreResult<bool> {
    mark(tx, ACKNOWLEDGE, id, at, by).await
}

/// False when someone has before, or it is resolved.
pub async fn assess(tx: &mut TeamTx, id: IncidentId, at: Timestamp, by: &str) -> StoreResult<bool> {
    mark(tx, ASSESS, id, at, by).await
}

/// False when someone has before, or it is resolved.
pub async fn mitigate(tx: &mut TeamTx, id: IncidentId, at: Timestamp, by: &str) -> StoreResult<bool> {
    mark(tx, MITIGATE, id, at, by).await
}

/// Says that the post-mortem is complete. False when it was before, or the incident is not resolved.
pub async fn complete(tx: &mut TeamTx, id: IncidentId, at: Timestamp, by: &str) -> StoreResult<bool> {
    mark(tx, COMPLETE, id, at, by).await
}

async fn mark(tx: &mut TeamTx, sql: &'static str, id: IncidentId, at: Timestamp, by: &str) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(sql).bind(team).bind(id).bind(at).bind(by).execute(connection).await.map(affected_one))
}

/// By a person, or by itself. False when it is resolved already.
pub async fn resolve(tx: &mut Tx, team: TeamId, id: IncidentId, at: Timestamp, by: Option<&str>, post_mortem_due: Option<Timestamp>) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(RESOLVE).bind(team).bind(id).bind(at).bind(by).bind(post_mortem_due).execute(connection).await.map(affected_one))
}

/// Makes another version of it, for what is kept elsewhere: a note, a post-mortem.
pub async fn touch(tx: &mut TeamTx, id: IncidentId, at: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(TOUCH).bind(team).bind(id).bind(at).execute(connection).await.map(drop))
}

/// Writes urgency, owner and when the post-mortem is due over `incident.version`, the version that they were changed in. False when that is not the
/// current one.
pub async fn edit(tx: &mut TeamTx, incident: &Incident, at: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(EDIT)
        .bind(team)
        .bind(incident.id)
        .bind(at)
        .bind(incident.version)
        .bind(incident.severity)
        .bind(&incident.owner)
        .bind(incident.post_mortem_due_at)
        .execute(connection)
        .await
        .map(affected_one))
}

/// Adds a line to the timeline.
pub async fn add(tx: &mut Tx, team: TeamId, id: IncidentId, entry: &TimelineEntry) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(NOTE)
        .bind(Id::<TimelineEntry>::new())
        .bind(team)
        .bind(id)
        .bind(entry.at)
        .bind(entry.kind)
        .bind(&entry.text)
        .bind(&entry.by)
        .bind(entry.other_id)
        .execute(connection)
        .await
        .map(drop))
}
