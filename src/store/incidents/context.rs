//! What surrounded an incident: the team's connections, what was done to them and released before, and the errors that came with it.

use crate::{StoreResult, TeamDb, on_db};
use domain::{
    blast_radius::{ChangeKind, ErrorCount, IncidentWindow, Neighbour, RecentChange, RecentRelease},
    environment::Environment,
    health::HealthStatus,
    heartbeat::Slot,
    ids::{IncidentId, ProfileId},
    kind::KindId,
    profile::{ConnectionAct, Settings},
    time::Timestamp,
};

/// Incidents tell of failures that are over, snapshots of those that have not become an incident. Neither reads a heartbeat.
const NEIGHBOURS: &str = "select p.id, p.name, p.environment, p.owner, p.tags, p.kind, p.settings, s.status, s.open_incident_id,
        case when s.status in ('degraded', 'incident') and s.first_failed between $4 and $5 then s.first_failed end as failing_since, i.first_failed_at
    from service_connection_profiles p left join service_health_snapshots s on s.connection_id = p.id
    left join (select connection_id, min(first_failed_at) as first_failed_at from incidents
        where team_id = $1 and declared_by is null and opened_at >= $2 and opened_at <= $3 and first_failed_at >= $2 group by connection_id) i
        on i.connection_id = p.id
    where p.team_id = $1 and p.state <> 'archived'";
const CHANGES: &str = "select c.at, c.act, c.actor, c.connection_id, p.name, p.environment
    from connection_changes c join service_connection_profiles p on p.id = c.connection_id
    where c.team_id = $1 and c.at >= $2 and c.at < $3 order by c.at desc, c.id desc limit $4";
const RELEASES: &str = "select release, requested_at as at, requested_by as by, environment, id as run_id, verdict from diagnostic_test_runs
    where team_id = $1 and requested_at >= $2 and requested_at < $3 and release is not null order by requested_at desc, id desc limit $4";
const ERRORS: &str = "select code, service, severity, count(*) as count, max(occurred_at) as latest_at, max(correlation_id) as correlation_id
    from error_events where team_id = $1 and occurred_at >= $2 and occurred_at <= $3 and not (severity = 'info' and service = 'switchboard')
    group by code, service, severity order by count(*) desc, code limit $4";

#[derive(sqlx::FromRow)]
struct NeighbourRow {
    id: ProfileId,
    name: String,
    environment: Environment,
    owner: Option<String>,
    #[sqlx(json)]
    tags: Vec<String>,
    kind: KindId,
    #[sqlx(json)]
    settings: Settings,
    status: Option<HealthStatus>,
    open_incident_id: Option<IncidentId>,
    failing_since: Option<Slot>,
    first_failed_at: Option<Timestamp>,
}

impl NeighbourRow {
    fn leading_to(self, hosts: impl FnOnce(&KindId, &Settings) -> Vec<String>) -> Neighbour {
        let failing_since = self.failing_since.map(Slot::timestamp);
        Neighbour {
            id: self.id,
            name: self.name,
            environment: self.environment,
            owner: self.owner,
            tags: self.tags,
            hosts: hosts(&self.kind, &self.settings),
            status: self.status,
            open_incident_id: self.open_incident_id,
            first_failed_at: self.first_failed_at.into_iter().chain(failing_since).min(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    at: Timestamp,
    act: ConnectionAct,
    actor: String,
    connection_id: ProfileId,
    name: String,
    environment: Environment,
}

/// Every connection of the team that is not archived, and whether it failed within the window. `hosts` says where settings of a kind lead.
pub async fn connections(db: &TeamDb, window: IncidentWindow, hosts: impl Fn(&KindId, &Settings) -> Vec<String>) -> StoreResult<Vec<Neighbour>> {
    let rows: Vec<NeighbourRow> = on_db!(db, |pool| sqlx::query_as(NEIGHBOURS)
        .bind(db.team())
        .bind(window.since)
        .bind(window.until)
        .bind(Slot::at(window.since))
        .bind(Slot::at(window.until))
        .fetch_all(pool)
        .await)?;
    Ok(rows.into_iter().map(|row| row.leading_to(&hosts)).collect())
}

/// What was done to connections between two moments, the newest first, each with the environment of its connection.
pub async fn changes(db: &TeamDb, from: Timestamp, to: Timestamp, limit: i64) -> StoreResult<Vec<(Environment, RecentChange)>> {
    let rows: Vec<ChangeRow> = on_db!(db, |pool| sqlx::query_as(CHANGES).bind(db.team()).bind(from).bind(to).bind(limit).fetch_all(pool).await)?;
    let change = |row: ChangeRow| {
        let ChangeRow { at, act, actor, connection_id, name, environment } = row;
        (environment, RecentChange { kind: ChangeKind::Configuration, at, act, by: actor, connection_id, connection_name: name })
    };
    Ok(rows.into_iter().map(change).collect())
}

/// What diagnostics were run for between two moments, the newest first.
pub async fn releases(db: &TeamDb, from: Timestamp, to: Timestamp, limit: i64) -> StoreResult<Vec<RecentRelease>> {
    on_db!(db, |pool| sqlx::query_as(RELEASES).bind(db.team()).bind(from).bind(to).bind(limit).fetch_all(pool).await)
}

/// The most frequent first, without what the console refused by a rule.
pub async fn errors(db: &TeamDb, from: Timestamp, to: Timestamp, limit: i64) -> StoreResult<Vec<ErrorCount>> {
    on_db!(db, |pool| sqlx::query_as(ERRORS).bind(db.team()).bind(from).bind(to).bind(limit).fetch_all(pool).await)
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::{Db, db::Pool, schema};

    /// Contexts and log lines make events large, and there may be a hundred thousand of them.
    #[tokio::test]
    async fn errors_are_counted_without_reading_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("switchboard.db").display());
        let db = Db::open(&url.into()).await.expect("a database");
        schema::migrate(&db).await.expect("tables");
        let Pool::Sqlite(pool) = &db.writer else { panic!("not SQLite") };
        let explained = AssertSqlSafe(format!("explain query plan {ERRORS}"));
        let plan = sqlx::query_as::<_, (i64, i64, i64, String)>(explained).fetch_all(pool).await.expect("a plan");
        assert!(plan.iter().any(|(.., step)| step.contains("COVERING INDEX error_events_latest (team_id=? AND occurred_at>? AND occurred_at<?)")), "{plan:?}");
    }
}
