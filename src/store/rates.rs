//! How often verifications and scenarios of diagnostic runs succeeded, and how often errors came: read from tables `connection_verifications`,
//! `diagnostic_results` and `error_group_hours`, by steps of time.

use sqlx::types::Json;

use super::{StoreResult, TeamDb};
use crate::on_db;
use domain::{
    ids::ProfileId,
    rate::{CodeInStep, Rate, RateInStep, Steps},
    time::Timestamp,
};

/// The number of the step, of so many seconds, that a moment lies in.
#[macro_export]
macro_rules! step_of {
    (sqlite, $at:literal, $seconds:literal) => {
        concat!("unixepoch(", $at, ") / ", $seconds)
    };
    (postgres, $at:literal, $seconds:literal) => {
        concat!("cast(floor(extract(epoch from ", $at, ") / ", $seconds, ") as bigint)")
    };
}

/// All that was tried and ended since a moment, counted by `$by`.
macro_rules! counted {
    ($database:ident, $about:literal, $by:expr) => {
        concat!(
            "select p.kind as kind, ",
            $about,
            ", coalesce(sum(t.verifications), 0) as verifications, coalesce(sum(t.verifications_failed), 0) as verifications_failed,
            coalesce(sum(t.scenarios), 0) as scenarios, coalesce(sum(t.scenarios_failed), 0) as scenarios_failed
            from (
                select connection_id, ",
            $crate::step_of!($database, "started_at", "$3"),
            " as step, 1 as verifications, case outcome when 'failed' then 1 else 0 end as verifications_failed,
                    0 as scenarios, 0 as scenarios_failed
                from connection_verifications where team_id = $1 and started_at >= $2 and outcome in ('passed', 'failed')
                union all
                select connection_id, ",
            $crate::step_of!($database, "finished_at", "$3"),
            ", 0, 0, 1, case outcome when 'failed' then 1 else 0 end
                from diagnostic_results where team_id = $1 and finished_at >= $2 and outcome <> 'skipped'
            ) as t join service_connection_profiles p on p.id = t.connection_id where p.team_id = $1 ",
            $by
        )
    };
}

macro_rules! by_kind {
    ($database:ident) => {
        counted!($database, "null as connection_id, null as connection_name, t.step as step", "group by p.kind, t.step order by p.kind, t.step")
    };
}

macro_rules! worst {
    ($database:ident) => {
        counted!(
            $database,
            "p.id as connection_id, p.name as connection_name",
            "group by p.id, p.kind, p.name having sum(t.verifications_failed + t.scenarios_failed) > 0
            order by sum(t.verifications_failed + t.scenarios_failed) desc, p.name limit $4"
        )
    };
}

macro_rules! of_connections {
    ($database:ident, $ids:literal) => {
        counted!(
            $database,
            "p.id as connection_id, p.name as connection_name, t.step as step",
            concat!("and p.id in (", $ids, ") group by p.id, p.kind, p.name, t.step order by p.name, t.step")
        )
    };
}

/// Kinds of errors that count as failures.
macro_rules! counts {
    () => {
        "(g.team_id = $1 or g.team_id is null) and not (g.severity = 'info' and g.service = 'switchboard')"
    };
}

/// Errors that count as failures, since the hour of a moment, by step and code.
macro_rules! by_code {
    // Each kind's hours lie together.
    (sqlite) => {
        concat!(
            "with by_code as materialized (
                select ",
            $crate::step_of!(sqlite, "h.hour", "$3"),
            " as step, g.code as code, g.service as service, sum(h.count) as count
                from error_groups g join error_group_hours h on h.group_id = g.id and h.hour >= $2
                where g.last_seen >= $2 and ",
            counts!(),
            " group by 1, 2, 3
            )"
        )
    };
    // The hours are summed before they meet their kinds, whatever is believed of their number: of what row-level security leaves nothing is known,
    // and all hours would be looked through for each kind.
    (postgres) => {
        concat!(
            "with by_group as materialized (
                select group_id, ",
            $crate::step_of!(postgres, "hour", "$3"),
            " as step, sum(count) as count
                from error_group_hours where (team_id = $1 or team_id is null) and hour >= $2 group by 1, 2
            ), by_code as materialized (
                select h.step as step, g.code as code, g.service as service, sum(h.count) as count
                from by_group h join error_groups g on g.id = h.group_id
                where ",
            counts!(),
            " group by 1, 2, 3
            )"
        )
    };
}

/// What other programs reported, under no code, and the most frequent codes, of programs and of the console itself.
macro_rules! failures {
    ($database:ident) => {
        concat!(
            by_code!($database),
            " select step, null as code, null as service, cast(sum(count) as bigint) as count from by_code where service <> 'switchboard' group by 1
            union all select step, code, service, cast(count as bigint) from by_code
            where (code, service) in (select code, service from by_code group by 1, 2 order by sum(count) desc, 1, 2 limit $4)"
        )
    };
}

/// One statement, side by side for each database: they differ in how a moment becomes a number.
struct Dialects {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Dialects {
    const fn of(&self, db: &TeamDb) -> &'static str {
        if db.is_embedded() { self.sqlite } else { self.postgres }
    }
}

const BY_KIND: Dialects = Dialects { sqlite: by_kind!(sqlite), postgres: by_kind!(postgres) };
const WORST: Dialects = Dialects { sqlite: worst!(sqlite), postgres: worst!(postgres) };
const OF_CONNECTIONS: Dialects = Dialects {
    sqlite: of_connections!(sqlite, "select unhex(r.value) from json_each($4) r"),
    postgres: of_connections!(postgres, "select r.value::uuid from jsonb_array_elements_text($4) r"),
};
const FAILURES: Dialects = Dialects { sqlite: failures!(sqlite), postgres: failures!(postgres) };

/// Errors that were recorded, without what the console refused by a rule.
#[derive(Debug, Default)]
pub struct Failures {
    /// The most frequent, of programs and of the console itself.
    pub codes: Vec<CodeInStep>,
    /// How many errors other programs reported, by the number of the step.
    pub reported: Vec<(i64, i64)>,
}

pub async fn by_kind(db: &TeamDb, since: Timestamp, steps: Steps) -> StoreResult<Vec<RateInStep>> {
    on_db!(db, |pool| sqlx::query_as(BY_KIND.of(db)).bind(db.team()).bind(since).bind(steps.seconds()).fetch_all(pool).await)
}

/// The connections that failed most often, the one that did so most first.
pub async fn worst(db: &TeamDb, since: Timestamp, steps: Steps, limit: i64) -> StoreResult<Vec<Rate>> {
    on_db!(db, |pool| sqlx::query_as(WORST.of(db)).bind(db.team()).bind(since).bind(steps.seconds()).bind(limit).fetch_all(pool).await)
}

pub async fn of_connections(db: &TeamDb, since: Timestamp, steps: Steps, ids: &[ProfileId]) -> StoreResult<Vec<RateInStep>> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid().simple().to_string()).collect();
    on_db!(db, |pool| sqlx::query_as(OF_CONNECTIONS.of(db)).bind(db.team()).bind(since).bind(steps.seconds()).bind(Json(&ids)).fetch_all(pool).await)
}

/// With so many codes at most.
pub async fn failures(db: &TeamDb, since: Timestamp, steps: Steps, codes: i64) -> StoreResult<Failures> {
    let rows: Vec<(i64, Option<String>, Option<String>, i64)> =
        on_db!(db, |pool| sqlx::query_as(FAILURES.of(db)).bind(db.team()).bind(since).bind(steps.seconds()).bind(codes).fetch_all(pool).await)?;
    let mut failures = Failures::default();
    for (step, code, service, count) in rows {
        match code.zip(service) {
            Some((code, service)) => failures.codes.push(CodeInStep { step, code, service, count }),
            None => failures.reported.push((step, count)),
        }
    }
    Ok(failures)
}
