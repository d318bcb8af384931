//! How often verifications and scenarios of diagnostic runs succeeded: read from tables `connection_verifications` and `diagnostic_results`.

use super::{StoreResult, TeamDb};
use crate::on_db;
use domain::{rate::Rate, time::Timestamp};

/// All that was tried and ended since a moment, counted by `$by`.
macro_rules! counted {
    ($about:literal, $by:literal) => {
        concat!(
            "select p.kind as kind, ",
            $about,
            ", coalesce(sum(t.verifications), 0) as verifications, coalesce(sum(t.verifications_failed), 0) as verifications_failed,
            coalesce(sum(t.scenarios), 0) as scenarios, coalesce(sum(t.scenarios_failed), 0) as scenarios_failed
            from (
                select connection_id, 1 as verifications, case outcome when 'failed' then 1 else 0 end as verifications_failed,
                    0 as scenarios, 0 as scenarios_failed
                from connection_verifications where team_id = $1 and started_at >= $2 and outcome in ('passed', 'failed')
                union all
                select connection_id, 0, 0, 1, case outcome when 'failed' then 1 else 0 end
                from diagnostic_results where team_id = $1 and finished_at >= $2 and outcome <> 'skipped'
            ) as t join service_connection_profiles p on p.id = t.connection_id where p.team_id = $1 ",
            $by
        )
    };
}

const BY_KIND: &str = counted!("null as connection_id, null as connection_name", "group by p.kind order by p.kind");
const WORST: &str = counted!(
    "p.id as connection_id, p.name as connection_name",
    "group by p.id, p.kind, p.name having sum(t.verifications_failed + t.scenarios_failed) > 0
    order by sum(t.verifications_failed + t.scenarios_failed) desc, p.name limit $3"
);

pub async fn by_kind(db: &TeamDb, since: Timestamp) -> StoreResult<Vec<Rate>> {
    on_db!(db, |pool| sqlx::query_as(BY_KIND).bind(db.team()).bind(since).fetch_all(pool).await)
}

/// The connections that failed most often, the one that did so most first.
pub async fn worst(db: &TeamDb, since: Timestamp, limit: i64) -> StoreResult<Vec<Rate>> {
    on_db!(db, |pool| sqlx::query_as(WORST).bind(db.team()).bind(since).bind(limit).fetch_all(pool).await)
}
