//! Table `diagnostic_results` looked at over many runs: what each scenario of a run was like before.

use super::{StoreResult, TeamDb};
use crate::on_db;
use domain::{diagnostic::Baseline, ids::RunId};

/// Earlier results of the same scenario of the same connection, found by `diagnostic_results_of_connection`.
macro_rules! earlier {
    ($select:literal, $which:literal) => {
        concat!(
            "(select ",
            $select,
            " from diagnostic_results h where h.connection_id = r.connection_id and h.scenario = r.scenario
            and h.finished_at < r.finished_at and h.run_id <> r.run_id ",
            $which,
            ")"
        )
    };
}

const OF_RUN: &str = concat!(
    "select r.connection_id, r.scenario, ",
    earlier!("h.outcome", "order by h.finished_at desc limit 1"),
    " as before, ",
    earlier!("h.run_id", "and h.outcome = 'passed' order by h.finished_at desc limit 1"),
    " as passed_run, ",
    earlier!("h.finished_at", "and h.outcome = 'passed' order by h.finished_at desc limit 1"),
    " as passed_at,
    (select avg(latency_ms) from (
        select latency_ms, row_number() over (order by latency_ms) as place, count(*) over () as times from ",
    earlier!("h.latency_ms", "and h.outcome = 'passed' order by h.finished_at desc limit 20"),
    " recent) ranked where times >= 3 and place in ((times + 1) / 2, (times + 2) / 2)) as median_ms
    from (select connection_id, scenario, run_id, finished_at from diagnostic_results where team_id = $1 and run_id = $2
        order by case outcome when 'failed' then 0 when 'warned' then 1 else 2 end, connection_position, scenario_position limit $3) r"
);

/// Most results of a run that are looked at: some 200 connections, a third of a second.
const MOST: i64 = 2_000;

/// Those that failed come first, so that what is left out of a large run is what passed.
pub async fn of_run(db: &TeamDb, run: RunId) -> StoreResult<Vec<Baseline>> {
    on_db!(db, |pool| sqlx::query_as(OF_RUN).bind(db.team()).bind(run).bind(MOST).fetch_all(pool).await)
}
