//! How often what was tried against services succeeded, how the console answered, and which errors came, over time.

use std::time::Duration;

use super::{OpsError, Scope};
use domain::{
    error_group::hour_of,
    permission::Permission,
    rate::{CodeCount, Rate, RateInStep, RateStep, Steps},
    time::Timestamp,
};
use store::{
    rates::{self, Failures},
    request_hours,
};

/// Connections, and codes, that are told of.
const WORST: i64 = 10;

/// Over the time until now: every kind that was tried, the connections that failed most, and the most frequent codes of errors.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Rates {
    /// Hours of up to two days, days of more; the last is under way. What kinds, connections and codes count by step stands in their order.
    pub steps: Vec<RateStep>,
    pub kinds: Vec<Rate>,
    pub connections: Vec<Rate>,
    /// Without what the console refused by a rule.
    pub codes: Vec<CodeCount>,
}

/// # Errors
/// The database failed.
pub async fn over(scope: &Scope, span: Duration) -> Result<Rates, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let (since, steps) = begin(scope, span);
    let db = scope.db();
    let tried = rates::by_kind(&db, since, steps).await?;
    let kinds = Rate::summed(&tried, steps);
    let mut connections = rates::worst(&db, since, steps, WORST).await?;
    let ids: Vec<_> = connections.iter().filter_map(|rate| rate.connection_id).collect();
    if !ids.is_empty() {
        let mut each = Rate::summed(&rates::of_connections(&db, since, steps, &ids).await?, steps);
        each.sort_by_key(|rate| ids.iter().position(|id| Some(*id) == rate.connection_id));
        connections = each;
    }
    let Failures { codes, reported } = rates::failures(&db, hour_of(since), steps, WORST).await?;
    let codes = CodeCount::summed(codes, steps);
    Ok(Rates { steps: by_step(scope, &tried, &reported, since, steps).await?, kinds, connections, codes })
}

/// The same of everything together, step by step.
///
/// # Errors
/// The database failed.
pub async fn over_time(scope: &Scope, span: Duration) -> Result<Vec<RateStep>, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let (since, steps) = begin(scope, span);
    let tried = rates::by_kind(&scope.db(), since, steps).await?;
    let Failures { reported, .. } =
        if scope.may(Permission::ReadErrors) { rates::failures(&scope.db(), hour_of(since), steps, 0).await? } else { Failures::default() };
    by_step(scope, &tried, &reported, since, steps).await
}

fn begin(scope: &Scope, span: Duration) -> (Timestamp, Steps) {
    let now = scope.console.clock.now();
    (now - span, Steps::over(span, now))
}

async fn by_step(scope: &Scope, tried: &[RateInStep], reported: &[(i64, i64)], since: Timestamp, steps: Steps) -> Result<Vec<RateStep>, OpsError> {
    let mut told: Vec<_> = steps.beginnings().map(RateStep::new).collect();
    for RateInStep { step, rate } in tried {
        if let Some(place) = steps.place(*step) {
            let step = &mut told[place];
            step.verifications += rate.verifications;
            step.verifications_failed += rate.verifications_failed;
            step.scenarios += rate.scenarios;
            step.scenarios_failed += rate.scenarios_failed;
        }
    }
    let kept = request_hours::by_step(&scope.console.db, hour_of(since), steps).await?;
    // This process knows at once what it has answered itself.
    let not_kept = scope.console.request_hours.not_kept().into_iter().map(|(hour, answered)| (steps.number(hour), answered));
    for (number, answered) in kept.into_iter().chain(not_kept) {
        if let Some(place) = steps.place(number) {
            let step = &mut told[place];
            step.requests += answered.answered;
            step.requests_refused += answered.refused;
            step.requests_failed += answered.failed;
        }
    }
    for (number, count) in reported {
        if let Some(place) = steps.place(*number) {
            told[place].reported = *count;
        }
    }
    Ok(told)
}
