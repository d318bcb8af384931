//! Tables `incidents` and `incident_timeline`, which are only ever written together.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{Id, IncidentId, ProfileId, TeamId},
    incident::{Incident, IncidentFilter, IncidentStatus, TimelineEntry},
    reach::Reach,
    time::Timestamp,
};

/// What an incident, `i`, is read by.
macro_rules! columns {
    () => {
        "i.id, i.connection_id, i.severity, i.status, i.opened_at, i.first_failed_at, i.acknowledged_at, i.acknowledged_by,
        i.resolved_at, i.summary, i.correlation_id"
    };
}

pub mod list;

const GET: &str = concat!("select ", columns!(), " from incidents i where team_id = $1 and id = $2");
const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from incidents i where team_id = $1 and ($2 is null or status = $2) and ($3 is null or connection_id = $3)
    and ($4 is null or (opened_at, id) < ($4, $5))
    and ($7 is null or exists (select 1 from service_connection_profiles p where p.id = i.connection_id and $7 like '%' || p.environment || '%'))
    order by opened_at desc, id desc limit $6"
);
const CAUSE: &str = "select cause from incidents where team_id = $1 and id = $2";
const NAME_CAUSE: &str = "update incidents set cause = $3 where team_id = $1 and id = $2";
const OPEN_OF_CONSOLE: &str = "select id from incidents where team_id = $1 and connection_id is null and status <> 'resolved'";
const UNRESOLVED_OF: &str = "select id from incidents where team_id = $1 and connection_id = $2 and status <> 'resolved'";
const CHANGED: &str = "select team_id, id, status from incidents where opened_at >= $1 or acknowledged_at >= $1 or resolved_at >= $1";
const INSERT: &str = "insert into incidents (id, team_id, connection_id, severity, status, opened_at, first_failed_at, summary, correlation_id)
    values ($1, $2, $3, $4, 'open', $5, $6, $7, $8) on conflict do nothing";
const ACKNOWLEDGE: &str = "update incidents set status = 'acknowledged', acknowledged_at = $3, acknowledged_by = $4
    where team_id = $1 and id = $2 and status = 'open'";
const RESOLVE: &str = "update incidents set status = 'resolved', resolved_at = $3 where team_id = $1 and id = $2 and status <> 'resolved'";
const NOTE: &str = "insert into incident_timeline (id, team_id, incident_id, at, kind, text, by) values ($1, $2, $3, $4, $5, $6, $7)";
const TIMELINE: &str = "select at, kind, text, by from incident_timeline where team_id = $1 and incident_id = $2 order by at, id";

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

/// Without its timeline, seeing what this unit of work has written.
pub async fn get_in(tx: &mut Tx, team: TeamId, id: IncidentId) -> StoreResult<Option<Incident>> {
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// The newest first of those about a connection that `reach` covers, beginning after the one of that moment and id; without timelines.
pub async fn latest(db: &TeamDb, reach: &Reach, filter: IncidentFilter, after: Option<(Timestamp, IncidentId)>, limit: i64) -> StoreResult<Vec<Incident>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(filter.status)
        .bind(filter.connection)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .bind(reach.environment_names())
        .fetch_all(pool)
        .await)
}

/// Incidents of every team that were opened, acknowledged or resolved at `since` or later.
pub async fn changed_since(db: &Db, since: Timestamp) -> StoreResult<Vec<(TeamId, IncidentId, IncidentStatus)>> {
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
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(ACKNOWLEDGE).bind(team).bind(id).bind(at).bind(by).execute(connection).await.map(affected_one))
}

/// False when it is resolved already.
pub async fn resolve(tx: &mut Tx, team: TeamId, id: IncidentId, at: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(RESOLVE).bind(team).bind(id).bind(at).execute(connection).await.map(affected_one))
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
        .execute(connection)
        .await
        .map(drop))
}
