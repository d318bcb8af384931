//! Table `daily_checklists`, and the facts that a list is filled in with.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    checklist::{DailyChecklist, DayFacts},
    time::Timestamp,
};

/// Of the last day, `$2`, and of the last week, `$3`. What a connection's certificate was last found to be is one look into an index.
const FACTS: &str = "select
    (select count(*) from incidents where team_id = $1 and status <> 'resolved') as unresolved,
    (select count(*) from incidents where team_id = $1 and status = 'open') as open,
    (select count(*) from service_health_snapshots s join service_connection_profiles p on p.id = s.connection_id
        where p.team_id = $1 and p.state = 'active') as watched,
    (select count(*) from service_health_snapshots s join service_connection_profiles p on p.id = s.connection_id
        where p.team_id = $1 and p.state = 'active' and s.status in ('incident', 'degraded')) as failing,
    (select count(*) from service_connection_profiles p where p.team_id = $1 and p.state <> 'archived'
        and (select r.outcome from diagnostic_results r where r.connection_id = p.id and r.scenario = 'certificate' and r.team_id = $1
            order by r.finished_at desc limit 1) in ('warned', 'failed')) as certificates,
    (select count(*) from diagnostic_test_runs where team_id = $1 and finished_at >= $2 and verdict = 'block') as blocked,
    (select count(*) from error_events where team_id = $1 and occurred_at >= $2 and severity in ('error', 'critical')) as errors,
    (select count(*) from notification_channels where team_id = $1) as channels,
    (select count(*) from deliveries where team_id = $1 and status = 'waiting') as waiting,
    (select count(*) from deliveries where team_id = $1 and status = 'dead' and reason <> 'test' and created_at >= $2) as dead,
    (select max(at) from audit_entries where team_id = $1 and act = 'backup_made' and at >= $3) as backup_at";
const LATEST: &str = "select day, lines, note, signed_by, signed_at from daily_checklists where team_id = $1 order by day desc limit $2";
const INSERT: &str = "insert into daily_checklists (team_id, day, lines, note, signed_by, signed_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing";

pub async fn facts(db: &TeamDb, day_before: Timestamp, week_before: Timestamp) -> StoreResult<DayFacts> {
    on_db!(db, |pool| sqlx::query_as(FACTS).bind(db.team()).bind(day_before).bind(week_before).fetch_one(pool).await)
}

/// Those that were signed, the newest first.
pub async fn latest(db: &TeamDb, limit: i64) -> StoreResult<Vec<DailyChecklist>> {
    on_db!(db, |pool| sqlx::query_as(LATEST).bind(db.team()).bind(limit).fetch_all(pool).await)
}

/// False when that day is signed already.
pub async fn insert(tx: &mut TeamTx, list: &DailyChecklist) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(team)
        .bind(list.day)
        .bind(Json(&list.lines))
        .bind(&list.note)
        .bind(&list.signed_by)
        .bind(list.signed_at)
        .execute(connection)
        .await
        .map(affected_one))
}
