//! Table `incidents`: which of them belong together, and which are told.

use crate::{Db, StoreResult, TeamDb, Tx, affected_one, on_db, on_tx};
use domain::{
    environment::Environment,
    grouping::Gathering,
    health::HealthStatus,
    heartbeat::Slot,
    ids::{IncidentId, ProfileId, TeamId},
    incident::IncidentStatus,
    severity::IncidentSeverity,
    suppression_reason::SuppressionReason,
    time::Timestamp,
};

const GATHERING: &str = "select group_id, max(case when likeness = $2 then 1 else 0 end) = 1 as is_alike, max(opened_at) as joined_at from incidents
    where team_id = $1 and severity = $4 and opened_at >= $3 and status <> 'resolved' and connection_id is not null and group_id is not null group by group_id";
const PLACE: &str = "update incidents set group_id = $3, likeness = $4, held_back = $5, follows_id = $6, told_at = $7 where team_id = $1 and id = $2";
const OF_CONNECTION: &str =
    "select id, coalesce(group_id, id) as group_id, severity from incidents where team_id = $1 and connection_id = $2 and status <> 'resolved'";
const TOLD_AND_DOWN: &str = "select count(*) from incidents where team_id = $1 and status <> 'resolved' and told_at is not null
    and group_id = (select group_id from incidents where team_id = $1 and id = $2)";
const IS_TOLD: &str = "select told_at is not null or held_back is null from incidents where team_id = $1 and id = $2";
const OPEN: &str = "select id from incidents where team_id = $1 and group_id = $2 and status = 'open' order by opened_at, id";
const GROUPED: &str = "select i.group_id, i.status, i.summary, p.name as connection_name from incidents i
    left join service_connection_profiles p on p.id = i.connection_id
    where i.team_id = $1 and i.status <> 'resolved' and i.group_id in
        (select group_id from incidents where team_id = $1 and status <> 'resolved' group by group_id having count(*) > 1)
    order by i.opened_at, i.id limit $2";
const UNRESOLVED: &str =
    "select i.id, i.team_id, i.connection_id, i.severity, i.status, i.summary, i.held_back, i.follows_id, i.told_at, p.name, p.environment,
        p.tags, p.depends_on, h.status as health, h.consecutive_failures, h.last_slot,
        (select f.resolved_at from incidents f where f.id = i.follows_id) as followed_until
    from incidents i join service_connection_profiles p on p.id = i.connection_id
    join service_health_snapshots h on h.connection_id = i.connection_id and h.open_incident_id = i.id
    where i.status <> 'resolved' order by i.opened_at, i.id";
const HOLD: &str = "update incidents set held_back = $3, follows_id = $4 where team_id = $1 and id = $2 and status <> 'resolved'";
const RELEASE: &str = "update incidents set held_back = null, follows_id = null, told_at = coalesce(told_at, $3)
    where team_id = $1 and id = $2 and held_back is not null and status <> 'resolved'";

/// How an incident is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub group: IncidentId,
    pub likeness: &'a str,
    pub held_back: Option<SuppressionReason>,
    pub follows: Option<IncidentId>,
    pub told_at: Option<Timestamp>,
}

/// An incident that is not over, as far as one that follows from it cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OngoingIncident {
    pub id: IncidentId,
    pub group_id: IncidentId,
    pub severity: IncidentSeverity,
}

/// An incident that heartbeats opened and that is not over, with all that decides whether it is told.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Unresolved {
    pub id: IncidentId,
    pub team_id: TeamId,
    pub connection_id: ProfileId,
    pub severity: IncidentSeverity,
    pub status: IncidentStatus,
    pub summary: String,
    pub held_back: Option<SuppressionReason>,
    pub follows_id: Option<IncidentId>,
    pub told_at: Option<Timestamp>,
    /// The connection's.
    pub name: String,
    pub environment: Environment,
    #[sqlx(json)]
    pub tags: Vec<String>,
    #[sqlx(json)]
    pub depends_on: Vec<ProfileId>,
    pub health: HealthStatus,
    pub consecutive_failures: i64,
    pub last_slot: Option<Slot>,
    /// When the incident that it follows from was over.
    pub followed_until: Option<Timestamp>,
}

/// An incident of a group of several, in as many words as it takes to see what they have in common.
#[derive(sqlx::FromRow)]
pub struct Grouped {
    pub group_id: IncidentId,
    pub status: IncidentStatus,
    pub summary: String,
    pub connection_name: Option<String>,
}

/// The groups that another incident could join: those with one that opened at `since` or later, and is not over.
pub async fn gathering(tx: &mut Tx, team: TeamId, severity: IncidentSeverity, likeness: &str, since: Timestamp) -> StoreResult<Vec<Gathering>> {
    on_tx!(tx, |connection| sqlx::query_as(GATHERING).bind(team).bind(likeness).bind(since).bind(severity).fetch_all(connection).await)
}

pub async fn place(tx: &mut Tx, team: TeamId, id: IncidentId, place: &Place<'_>) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(PLACE)
        .bind(team)
        .bind(id)
        .bind(place.group)
        .bind(place.likeness)
        .bind(place.held_back)
        .bind(place.follows)
        .bind(place.told_at)
        .execute(connection)
        .await
        .map(drop))
}

/// The incident about a connection that is not over.
pub async fn of_connection(tx: &mut Tx, team: TeamId, connection: ProfileId) -> StoreResult<Option<OngoingIncident>> {
    on_tx!(tx, |driver| sqlx::query_as(OF_CONNECTION).bind(team).bind(connection).fetch_optional(driver).await)
}

/// How many of its group were told and are not over.
pub async fn announced_and_down(tx: &mut Tx, team: TeamId, id: IncidentId) -> StoreResult<i64> {
    on_tx!(tx, |connection| sqlx::query_scalar(TOLD_AND_DOWN).bind(team).bind(id).fetch_one(connection).await)
}

/// Whether anybody was told of it.
pub async fn is_announced(tx: &mut Tx, team: TeamId, id: IncidentId) -> StoreResult<bool> {
    let told: Option<bool> = on_tx!(tx, |connection| sqlx::query_scalar(IS_TOLD).bind(team).bind(id).fetch_optional(connection).await)?;
    Ok(told.unwrap_or_default())
}

/// Those of a group that nobody has taken on, the oldest first.
pub async fn open(db: &TeamDb, group: IncidentId) -> StoreResult<Vec<IncidentId>> {
    on_db!(db, |pool| sqlx::query_scalar(OPEN).bind(db.team()).bind(group).fetch_all(pool).await)
}

/// What is not over of the groups of several, the oldest first.
pub async fn grouped(db: &TeamDb, limit: i64) -> StoreResult<Vec<Grouped>> {
    on_db!(db, |pool| sqlx::query_as(GROUPED).bind(db.team()).bind(limit).fetch_all(pool).await)
}

/// Of every team, the oldest first.
pub async fn unresolved(db: &Db) -> StoreResult<Vec<Unresolved>> {
    on_db!(db, |pool| sqlx::query_as(UNRESOLVED).fetch_all(pool).await)
}

/// False when it is over.
pub async fn hold(tx: &mut Tx, team: TeamId, id: IncidentId, why: SuppressionReason, follows: Option<IncidentId>) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(HOLD).bind(team).bind(id).bind(why).bind(follows).execute(connection).await.map(affected_one))
}

/// False when it is over, or another node has done so.
pub async fn release(tx: &mut Tx, team: TeamId, id: IncidentId, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(RELEASE).bind(team).bind(id).bind(now).execute(connection).await.map(affected_one))
}
