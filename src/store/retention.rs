//! Removes what is past its time, of every team, a batch at a time: what refers to a row goes before the row.

use sqlx::types::Json;

use super::{Db, StoreResult, Tx};
use crate::{on_db, on_tx};
use domain::{
    diagnostic::RunCounts,
    ids::{RunId, TeamId},
    time::Timestamp,
    verification::StepOutcome,
};

/// Rows that go by their age alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aged {
    ErrorEvents,
    ErrorGroupHours,
    /// Of which no event is left.
    ErrorGroups,
    LogLines,
    RequestHours,
    Notifications,
    /// Of notifications that went before.
    NotificationMarks,
    /// That wait no longer.
    Deliveries,
    /// All but the newest of each connection.
    Verifications,
    Changes,
    /// By the end of their last occurrence.
    MaintenanceWindows,
    /// By their end.
    Silences,
    Checklists,
    MaintenanceTasks,
    /// Of incidents that are over; the incident itself says in one line what it was.
    IncidentTimelines,
    /// With their incidents.
    ActionItems,
    PostMortems,
    /// Of which nothing but the line is left.
    Incidents,
    /// Of runbooks that were signed off or broken off; they go together with their execution.
    ExecutionSteps,
    /// Of which no step is left.
    Executions,
}

/// The table.
impl From<Aged> for &'static str {
    fn from(aged: Aged) -> Self {
        match aged {
            Aged::ErrorEvents => "error_events",
            Aged::ErrorGroupHours => "error_group_hours",
            Aged::ErrorGroups => "error_groups",
            Aged::LogLines => "log_lines",
            Aged::RequestHours => "request_hours",
            Aged::Notifications => "notifications",
            Aged::NotificationMarks => "notification_marks",
            Aged::Deliveries => "deliveries",
            Aged::Verifications => "connection_verifications",
            Aged::Changes => "connection_changes",
            Aged::MaintenanceWindows => "maintenance_windows",
            Aged::Silences => "silences",
            Aged::Checklists => "daily_checklists",
            Aged::MaintenanceTasks => "maintenance_tasks",
            Aged::IncidentTimelines => "incident_timeline",
            Aged::ActionItems => "action_items",
            Aged::PostMortems => "post_mortems",
            Aged::Incidents => "incidents",
            Aged::ExecutionSteps => "execution_steps",
            Aged::Executions => "runbook_executions",
        }
    }
}

impl Aged {
    /// Takes the moment before which it is too old, and how many rows at most.
    #[expect(clippy::too_many_lines, reason = "a table: one statement a sort of row")]
    const fn sql(self) -> &'static str {
        match self {
            Self::ErrorEvents => "delete from error_events where id in (select id from error_events where occurred_at < $1 order by occurred_at limit $2)",
            Self::ErrorGroupHours => {
                "delete from error_group_hours where (group_id, hour) in (select group_id, hour from error_group_hours where hour < $1 order by hour limit $2)"
            }
            Self::ErrorGroups => {
                "delete from error_groups where id in (select id from error_groups g where last_seen < $1
                and not exists (select 1 from error_events e where e.group_id = g.id) order by last_seen limit $2)"
            }
            Self::LogLines => "delete from log_lines where id in (select id from log_lines where at < $1 order by at limit $2)",
            Self::RequestHours => "delete from request_hours where hour in (select hour from request_hours where hour < $1 order by hour limit $2)",
            Self::Notifications => "delete from notifications where id in (select id from notifications where created_at < $1 order by created_at limit $2)",
            Self::NotificationMarks => {
                "delete from notification_marks where (reader_id, notification_id) in
                (select reader_id, notification_id from notification_marks where created_at < $1 order by created_at limit $2)"
            }
            Self::Deliveries => {
                "delete from deliveries where key in (select key from deliveries where created_at < $1 and status <> 'waiting' order by created_at limit $2)"
            }
            Self::Verifications => {
                "delete from connection_verifications where id in (select id from connection_verifications v
                where started_at < $1 and outcome <> 'running' and exists (select 1 from connection_verifications newer
                    where newer.connection_id = v.connection_id and newer.started_at > v.started_at) order by started_at limit $2)"
            }
            Self::Changes => "delete from connection_changes where id in (select id from connection_changes where at < $1 order by at limit $2)",
            Self::MaintenanceWindows => {
                "delete from maintenance_windows where id in
                (select id from maintenance_windows where closes_at < $1 and not recurs order by closes_at limit $2)"
            }
            Self::Silences => "delete from silences where id in (select id from silences where ends_at < $1 order by ends_at limit $2)",
            Self::Checklists => {
                "delete from daily_checklists where (team_id, day) in (select team_id, day from daily_checklists where signed_at < $1 order by signed_at limit $2)"
            }
            Self::MaintenanceTasks => {
                "delete from maintenance_tasks where id in (select id from maintenance_tasks where done_at < $1 order by done_at limit $2)"
            }
            Self::IncidentTimelines => {
                "delete from incident_timeline where id in (select t.id from incident_timeline t join incidents i on i.id = t.incident_id
                where i.resolved_at < $1 order by i.resolved_at limit $2)"
            }
            Self::ActionItems => {
                "delete from action_items where id in (select a.id from action_items a join incidents i on i.id = a.incident_id
                where i.resolved_at < $1 order by i.resolved_at limit $2)"
            }
            Self::PostMortems => {
                "delete from post_mortems where incident_id in (select m.incident_id from post_mortems m join incidents i on i.id = m.incident_id
                where i.resolved_at < $1 order by i.resolved_at limit $2)"
            }
            Self::Incidents => {
                "delete from incidents where id in (select id from incidents i where resolved_at < $1
                and not exists (select 1 from incident_timeline t where t.incident_id = i.id)
                and not exists (select 1 from notifications n where n.incident_id = i.id)
                and not exists (select 1 from deliveries d where d.incident_id = i.id)
                and not exists (select 1 from delivery_incidents m where m.incident_id = i.id)
                and not exists (select 1 from post_mortems p where p.incident_id = i.id)
                and not exists (select 1 from action_items a where a.incident_id = i.id)
                and not exists (select 1 from incidents part where part.merged_into = i.id)
                and not exists (select 1 from service_health_snapshots s where s.open_incident_id = i.id) order by resolved_at limit $2)"
            }
            Self::ExecutionSteps => {
                "delete from execution_steps where (execution_id, n) in (select s.execution_id, s.n from execution_steps s
                join runbook_executions e on e.id = s.execution_id where e.ended_at < $1 order by e.ended_at limit $2)"
            }
            Self::Executions => {
                "delete from runbook_executions where id in (select id from runbook_executions e where ended_at < $1
                and not exists (select 1 from execution_steps s where s.execution_id = e.id) order by ended_at limit $2)"
            }
        }
    }
}

/// Refusals of the console itself, which anyone who is signed in can provoke.
macro_rules! refusals {
    () => {
        "(severity = 'info' and service = 'switchboard')"
    };
}

/// The oldest of a team's errors beyond the newest so many.
macro_rules! oldest {
    ($which:expr) => {
        concat!(
            "delete from error_events where id in (select id from error_events where (team_id = $1 or ($1 is null and team_id is null)) and ",
            $which,
            " order by occurred_at desc, id desc limit $2 offset $3)"
        )
    };
}

const CROWDED: &str = "select team_id from error_events group by team_id having count(*) > $1";
const CROWDED_WITH_REFUSALS: &str = concat!("select team_id from error_events where ", refusals!(), " group by team_id having count(*) > $1");
const OLDEST_FAILURES: &str = oldest!(concat!("not ", refusals!()));
const OLDEST_REFUSALS: &str = oldest!(refusals!());

const CROWDED_GROUPS: &str = "select team_id from error_groups group by team_id having count(*) > $1";
const OLDEST_GROUPS: &str = "delete from error_groups where id in (
    select id from error_groups g where (team_id = $1 or ($1 is null and team_id is null)) and not exists (select 1 from error_events e where e.group_id = g.id)
    order by last_seen desc, id desc limit $2 offset $3)";

const OLDEST_LINES: &str = "delete from log_lines where id in (select id from log_lines order by id desc limit $1 offset $2)";

/// The evidence goes first: a pack needs the record of its run.
const RUN_WITH_RESULTS: &str = "select id from diagnostic_test_runs r where finished_at < $1
    and exists (select 1 from diagnostic_results d where d.run_id = r.id) and not exists (select 1 from evidence e where e.run_id = r.id)
    order by finished_at limit 1";
const COUNTS: &str = "select outcome, count(*) from diagnostic_results where run_id = $1 group by outcome";
const SUM_UP: &str = "update diagnostic_test_runs set counts = $2 where id = $1";
const DROP_RESULTS: &str = "delete from diagnostic_results where run_id = $1";
const DROP_RECORD: &str = "update evidence_manifests set run = '' where run_id = $1";

/// The newest manifest of a team stays, for the next one names it.
const BARE_RUN: &str = "select id from diagnostic_test_runs r where finished_at < $1
    and not exists (select 1 from diagnostic_results d where d.run_id = r.id) and not exists (select 1 from evidence e where e.run_id = r.id)
    and not exists (select 1 from notifications n where n.run_id = r.id)
    and not exists (select 1 from evidence_manifests m where m.run_id = r.id
        and not exists (select 1 from evidence_manifests later where later.team_id = m.team_id and later.sequence > m.sequence))
    order by finished_at limit 1";
const DROP_MANIFEST: &str = "delete from evidence_manifests where run_id = $1";
const DROP_RUN: &str = "delete from diagnostic_test_runs where id = $1";

/// Removes at most `limit` rows from before `kept_since`. Answers how many.
pub async fn prune(tx: &mut Tx, aged: Aged, kept_since: Timestamp, limit: i64) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(aged.sql()).bind(kept_since).bind(limit).execute(connection).await.map(|done| done.rows_affected()))
}

/// The teams with more than `most` error events; none stands for those that nobody was signed in for.
pub async fn crowded(db: &Db, most: i64) -> StoreResult<Vec<Option<TeamId>>> {
    on_db!(db, |pool| sqlx::query_scalar(CROWDED).bind(most).fetch_all(pool).await)
}

/// The same of refusals alone.
pub async fn crowded_with_refusals(db: &Db, most: i64) -> StoreResult<Vec<Option<TeamId>>> {
    on_db!(db, |pool| sqlx::query_scalar(CROWDED_WITH_REFUSALS).bind(most).fetch_all(pool).await)
}

/// Removes at most `limit` error events of a team beyond its newest `most`, whoever else does the same; refusals neither go nor count. Answers how many.
pub async fn prune_oldest_failures(tx: &mut Tx, team: Option<TeamId>, most: i64, limit: i64) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(OLDEST_FAILURES).bind(team).bind(limit).bind(most).execute(connection).await.map(|done| done.rows_affected()))
}

/// The same of refusals alone.
pub async fn prune_oldest_refusals(tx: &mut Tx, team: Option<TeamId>, most: i64, limit: i64) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(OLDEST_REFUSALS).bind(team).bind(limit).bind(most).execute(connection).await.map(|done| done.rows_affected()))
}

/// The same of kinds of errors.
pub async fn crowded_with_groups(db: &Db, most: i64) -> StoreResult<Vec<Option<TeamId>>> {
    on_db!(db, |pool| sqlx::query_scalar(CROWDED_GROUPS).bind(most).fetch_all(pool).await)
}

/// Removes at most `limit` kinds of a team's errors of which no event is left, beyond the newest `most` of these. Answers how many.
pub async fn prune_oldest_groups(tx: &mut Tx, team: Option<TeamId>, most: i64, limit: i64) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(OLDEST_GROUPS).bind(team).bind(limit).bind(most).execute(connection).await.map(|done| done.rows_affected()))
}

/// Removes at most `limit` rows of log lines beyond the newest `most`, of all teams together. Answers how many.
pub async fn prune_oldest_lines(tx: &mut Tx, most: i64, limit: i64) -> StoreResult<u64> {
    on_tx!(tx, |connection| sqlx::query(OLDEST_LINES).bind(limit).bind(most).execute(connection).await.map(|done| done.rows_affected()))
}

/// Removes the results of one run that ended before `kept_since`, and keeps what they came to. Answers how many.
pub async fn prune_results(tx: &mut Tx, kept_since: Timestamp) -> StoreResult<u64> {
    on_tx!(tx, |connection| {
        let Some(run): Option<RunId> = sqlx::query_scalar(RUN_WITH_RESULTS).bind(kept_since).fetch_optional(&mut *connection).await? else { return Ok(0) };
        let counted: Vec<(StepOutcome, i64)> = sqlx::query_as(COUNTS).bind(run).fetch_all(&mut *connection).await?;
        let counts: RunCounts = counted.into_iter().collect();
        sqlx::query(SUM_UP).bind(run).bind(Json(counts)).execute(&mut *connection).await?;
        sqlx::query(DROP_RECORD).bind(run).execute(&mut *connection).await?;
        sqlx::query(DROP_RESULTS).bind(run).execute(connection).await.map(|done| done.rows_affected())
    })
}

/// Removes one run that ended before `kept_since` and of which nothing but its summary is left. Answers how many.
pub async fn prune_run(tx: &mut Tx, kept_since: Timestamp) -> StoreResult<u64> {
    on_tx!(tx, |connection| {
        let Some(run): Option<RunId> = sqlx::query_scalar(BARE_RUN).bind(kept_since).fetch_optional(&mut *connection).await? else { return Ok(0) };
        sqlx::query(DROP_MANIFEST).bind(run).execute(&mut *connection).await?;
        sqlx::query(DROP_RUN).bind(run).execute(connection).await.map(|done| done.rows_affected())
    })
}
