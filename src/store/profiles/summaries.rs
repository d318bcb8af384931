//! How the connections of a page are, beside what they are: their health and how their last test ended.

use domain::{health::HealthStatus, ids::ProfileId, profile::ConnectionSummary, verification::VerificationOutcome};
use sqlx::types::Json;

use crate::{StoreResult, TeamDb, bulk::Bulk, on_db};

macro_rules! summaries {
    ($rows:literal, $id:literal) => {
        concat!(
            "select p.id, s.status as health, (select v.outcome from connection_verifications v
                where v.connection_id = p.id order by v.started_at desc, v.id desc limit 1) as last_test
            from service_connection_profiles p left join service_health_snapshots s on s.connection_id = p.id
            where p.team_id = $2 and p.id in (select ",
            $id,
            " from ",
            $rows,
            ")"
        )
    };
}

/// They differ in how an id is written as JSON.
const SUMMARIES: Bulk = Bulk {
    sqlite: summaries!("json_each($1) r", "unhex(replace(r.value, '-', ''))"),
    postgres: summaries!("jsonb_array_elements_text($1) r(value)", "cast(r.value as uuid)"),
};

#[derive(sqlx::FromRow)]
struct Row {
    id: ProfileId,
    health: Option<HealthStatus>,
    last_test: Option<VerificationOutcome>,
}

pub async fn of(db: &TeamDb, ids: &[ProfileId]) -> StoreResult<Vec<(ProfileId, ConnectionSummary)>> {
    let sql = if db.is_embedded() { SUMMARIES.sqlite } else { SUMMARIES.postgres };
    let rows: Vec<Row> = on_db!(db, |pool| sqlx::query_as(sql).bind(Json(ids)).bind(db.team()).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(|Row { id, health, last_test }| (id, ConnectionSummary { health, last_test })).collect())
}
