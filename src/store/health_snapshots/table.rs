//! Table `service_health_snapshots`: many connections' health for people, ordered and paged by number.

use super::list::Row;
use crate::{StoreResult, TeamDb, like_pattern, on_db};
use domain::{
    health_table::{HealthCount, HealthFilter, HealthSort, ListedHealth},
    heartbeat::Slot,
};

macro_rules! matching {
    ($select:literal, $rest:expr) => {
        concat!(
            "select ",
            $select,
            " from service_connection_profiles p join service_health_snapshots s on s.connection_id = p.id
            join connection_schedules c on c.key = s.connection_key left join incidents i on i.id = s.open_incident_id
            where p.team_id = $1 and p.state in ('active', 'suspended') and ($2 is null or p.environment = $2)
            and ($3 is null or case when p.state = 'suspended' then 'suspended' else s.status end = $3)
            and ($4 is null or p.name_key like $4 escape '\\')",
            $rest
        )
    };
}

macro_rules! ordered {
    ($order:expr) => {
        matching!(
            "p.id as connection_id, p.name, p.kind, p.environment, case when p.state = 'suspended' then 'suspended' else s.status end as status,
            s.passed_24h, s.failed_24h, c.interval_seconds, s.consecutive_failures, s.last_slot, s.last_latency, s.p95_latency, s.last_failure,
            s.open_incident_id, s.recent, s.recent_count, coalesce(i.status = 'acknowledged', false) as is_acknowledged",
            $order
        )
    };
}

/// As [`ConnectionHealth::known_uptime`](domain::health::ConnectionHealth::known_uptime) has it: less than an hour is none yet.
macro_rules! by_uptime {
    ($direction:literal) => {
        ordered!(concat!(
            " order by case when (s.passed_24h + s.failed_24h) * c.interval_seconds >= 3600
                then s.passed_24h / cast(s.passed_24h + s.failed_24h as real) end",
            $direction,
            " nulls last, p.name_key, p.id limit $5 offset $6"
        ))
    };
}

const COUNT: &str = matching!("count(*)", "");
const BY_STATUS: &str = ordered!(
    " order by case when p.state = 'suspended' then 6 when s.status = 'incident' then 1 when s.status = 'degraded' then 2
        when s.status = 'maintenance' then 3 when s.status = 'unknown' then 4 else 5 end,
    p.name_key, p.id limit $5 offset $6"
);
const BY_NAME: &str = ordered!(" order by p.name_key, p.id limit $5 offset $6");
const BY_NAME_DESCENDING: &str = ordered!(" order by p.name_key desc, p.id desc limit $5 offset $6");
const BY_UPTIME: &str = by_uptime!("");
const BY_UPTIME_DESCENDING: &str = by_uptime!(" desc");
const BY_LATENCY: &str = ordered!(" order by s.last_latency nulls last, p.name_key, p.id limit $5 offset $6");
const BY_LATENCY_DESCENDING: &str = ordered!(" order by s.last_latency desc nulls last, p.name_key, p.id limit $5 offset $6");
/// Watched anew, a connection has three intervals from then on. What is within maintenance is not tried on purpose.
const COUNTS: &str = "select environment, status, count(*) as count, count(silent_since) as silent, max(silent_since) as silent_since from (
        select p.environment, case when p.state = 'suspended' then 'suspended' else s.status end as status,
            case when p.state = 'active' and s.status <> 'maintenance' and s.last_slot < $2 - 3 * c.interval_seconds
                and c.begins_at < $2 - 3 * c.interval_seconds then s.last_slot end as silent_since
        from service_connection_profiles p join service_health_snapshots s on s.connection_id = p.id
        join connection_schedules c on c.key = s.connection_key
        where p.team_id = $1 and p.state in ('active', 'suspended')
    ) watched group by 1, 2 order by 1, 2";

#[derive(sqlx::FromRow)]
struct Listed {
    #[sqlx(flatten)]
    health: Row,
    recent: i64,
    recent_count: i64,
    is_acknowledged: bool,
}

impl From<Listed> for ListedHealth {
    fn from(row: Listed) -> Self {
        // Of what was tried before a person resolved an incident, all from its first failure on is certain.
        let known = row.recent_count.max(i64::from(i64::BITS - row.recent.leading_zeros()));
        let beats = (0..known.min(32)).rev().map(|age| row.recent >> age & 1 == 0).collect();
        Self { health: row.health.into(), beats, is_acknowledged: row.is_acknowledged }
    }
}

pub async fn count(db: &TeamDb, filter: &HealthFilter) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(COUNT)
        .bind(db.team())
        .bind(filter.environment)
        .bind(filter.status)
        .bind(filter.q.as_deref().map(like_pattern))
        .fetch_one(pool)
        .await)
}

pub async fn page(db: &TeamDb, filter: &HealthFilter, sort: HealthSort, limit: i64, offset: i64) -> StoreResult<Vec<ListedHealth>> {
    let sql = match sort {
        HealthSort::Status => BY_STATUS,
        HealthSort::Name => BY_NAME,
        HealthSort::NameDescending => BY_NAME_DESCENDING,
        HealthSort::Uptime => BY_UPTIME,
        HealthSort::UptimeDescending => BY_UPTIME_DESCENDING,
        HealthSort::Latency => BY_LATENCY,
        HealthSort::LatencyDescending => BY_LATENCY_DESCENDING,
    };
    let rows: Vec<Listed> = on_db!(db, |pool| sqlx::query_as(sql)
        .bind(db.team())
        .bind(filter.environment)
        .bind(filter.status)
        .bind(filter.q.as_deref().map(like_pattern))
        .bind(limit)
        .bind(offset)
        .fetch_all(pool)
        .await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many connections are how at `now`, by environment.
pub async fn counts(db: &TeamDb, now: Slot) -> StoreResult<Vec<HealthCount>> {
    on_db!(db, |pool| sqlx::query_as(COUNTS).bind(db.team()).bind(now).fetch_all(pool).await)
}
