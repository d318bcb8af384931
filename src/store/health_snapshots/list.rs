//! Table `service_health_snapshots`: many connections' health, filtered and paged by name.

use crate::{StoreResult, TeamDb, like_pattern, on_db};
use domain::{
    environment::Environment,
    folding::fold,
    health::{ConnectionHealth, HealthStatus},
    health_table::HealthFilter,
    heartbeat::{Slot, uptime},
    ids::{IncidentId, ProfileId},
    kind::KindId,
    latency::Latency,
    token_limits::TokenLimits,
};

macro_rules! listing {
    ($rest:literal) => {
        concat!(
            "select p.id as connection_id, p.name, p.kind, p.environment, case when p.state = 'suspended' then 'suspended' else s.status end as status,
            s.passed_24h, s.failed_24h, c.interval_seconds, s.consecutive_failures, s.last_slot, s.last_latency, s.p95_latency, s.last_failure,
            s.open_incident_id
            from service_connection_profiles p join service_health_snapshots s on s.connection_id = p.id
            join connection_schedules c on c.key = s.connection_key
            where p.team_id = $1 and p.state in ('active', 'suspended') ",
            $rest
        )
    };
}

const PAGE: &str = listing!(
    "and ($2 is null or p.environment = $2) and ($3 is null or case when p.state = 'suspended' then 'suspended' else s.status end = $3)
    and ($4 is null or p.name_key like $4 escape '\\') and ($5 is null or (p.name_key, p.id) > ($5, $6))
    and ($8 is null or $8 like '%,' || p.environment || ',%') order by p.name_key, p.id limit $7"
);
const ONE: &str = listing!("and p.id = $2");

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    connection_id: ProfileId,
    name: String,
    kind: KindId,
    environment: Environment,
    status: HealthStatus,
    passed_24h: i64,
    failed_24h: i64,
    interval_seconds: i32,
    consecutive_failures: i64,
    last_slot: Option<Slot>,
    last_latency: Option<Latency>,
    p95_latency: Option<Latency>,
    last_failure: Option<String>,
    open_incident_id: Option<IncidentId>,
}

impl From<Row> for ConnectionHealth {
    fn from(row: Row) -> Self {
        Self {
            connection_id: row.connection_id,
            name: row.name,
            kind: row.kind,
            environment: row.environment,
            status: row.status,
            uptime_24h: uptime(row.passed_24h, row.failed_24h),
            tried_seconds: (row.passed_24h + row.failed_24h) * i64::from(row.interval_seconds),
            consecutive_failures: row.consecutive_failures,
            last_heartbeat_at: row.last_slot.map(Slot::timestamp),
            last_latency_ms: row.last_latency.map(Latency::as_millis),
            p95_latency_ms: row.p95_latency.map(Latency::as_millis),
            last_failure: row.last_failure,
            open_incident_id: row.open_incident_id,
        }
    }
}

/// Those that `limits` cover by name, beginning after the connection of that name and id.
pub async fn page(
    db: &TeamDb,
    limits: &TokenLimits,
    filter: &HealthFilter,
    after: Option<&(String, ProfileId)>,
    limit: i64,
) -> StoreResult<Vec<ConnectionHealth>> {
    let rows: Vec<Row> = on_db!(db, |pool| sqlx::query_as(PAGE)
        .bind(db.team())
        .bind(filter.environment)
        .bind(filter.status)
        .bind(filter.q.as_deref().map(like_pattern))
        .bind(after.map(|(name, _)| fold(name)))
        .bind(after.map(|(_, id)| *id))
        .bind(limit)
        .bind(limits.environment_names())
        .fetch_all(pool)
        .await)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub async fn one(db: &TeamDb, connection: ProfileId) -> StoreResult<Option<ConnectionHealth>> {
    let row: Option<Row> = on_db!(db, |pool| sqlx::query_as(ONE).bind(db.team()).bind(connection).fetch_optional(pool).await)?;
    Ok(row.map(Into::into))
}
