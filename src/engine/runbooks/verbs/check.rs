//! A condition on a number: what the last heartbeat said, or what a scenario measures now.

use std::time::Duration;

use domain::{
    kind::{Depth, KindDescriptor},
    profile::ServiceConnectionProfile,
    runbook::Check,
};
use probes::runner::Run;
use store::health_snapshots::list;

use super::{VerbOutcome, Work, clock, measuring};
use crate::{OpsError, connections, deadlines};

/// Between two looks at what does not hold yet.
const EVERY: Duration = Duration::from_secs(10);

const LATENCY: &str = "latency_ms";
const FAILURES: &str = "failures";

/// What every heartbeat tells: how long the last answer took, and how many in a row failed.
pub fn heartbeat_signals() -> impl Iterator<Item = &'static str> {
    [LATENCY, FAILURES].into_iter()
}

/// What the scenarios of a kind measure.
pub fn measured_signals(kind: &KindDescriptor) -> impl Iterator<Item = &'static str> {
    kind.scenarios.iter().flat_map(|scenario| scenario.measures.iter().copied())
}

/// # Errors
/// The database failed.
pub async fn check(work: Work<'_>, connection: &ServiceConnectionProfile, check: &Check) -> Result<VerbOutcome, OpsError> {
    let measured = match check.signal.as_str() {
        signal @ (LATENCY | FAILURES) => of_heartbeats(work, connection, signal).await?,
        signal => of_scenario(work, connection, signal).await?,
    };
    let (holds, found) = match measured {
        Ok(value) if check.bound.holds(value) => (true, format!("{} is {value}, {}.", check.signal, check.bound)),
        Ok(value) => (false, format!("{} is {value}, not {}.", check.signal, check.bound)),
        Err(why) => (false, why),
    };
    if holds {
        return Ok(VerbOutcome::well(found));
    }
    let now = work.console.clock.now();
    let until = check.within.map(|span| work.begun_at + Duration::from_secs(span.seconds().into()));
    Ok(match until.filter(|until| now < *until) {
        Some(until) => {
            let so_far = format!("{found} It is looked at every {} s until {}.", EVERY.as_secs(), clock(until));
            VerbOutcome::Later { again: until.min(now + EVERY), so_far }
        }
        None => VerbOutcome::failed(found),
    })
}

/// The number, or why there is none.
type Value = Result<f64, String>;

async fn of_heartbeats(work: Work<'_>, connection: &ServiceConnectionProfile, signal: &str) -> Result<Value, OpsError> {
    let Some(health) = list::one(&work.console.db.for_team(connection.team_id), connection.id).await? else {
        return Ok(Err("The connection is not watched, so no heartbeat tells this.".to_owned()));
    };
    let value = if signal == FAILURES { health.last_heartbeat_at.map(|_| health.consecutive_failures as f64) } else { health.last_latency_ms };
    Ok(value.ok_or_else(|| "There was no heartbeat yet that tells this.".to_owned()))
}

async fn of_scenario(work: Work<'_>, connection: &ServiceConnectionProfile, signal: &str) -> Result<Value, OpsError> {
    let console = work.console;
    let kind = console.kinds.get(&connection.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", connection.kind)))?;
    let Some(scenario) = measuring(kind.descriptor(), signal) else {
        return Ok(Err(format!("Nothing measures {signal} on a connection of the kind {}.", connection.kind)));
    };
    let target = match connections::open_target(console, connection, work.correlation_id.clone()).await {
        Ok(target) => target,
        Err(OpsError::Vault(_)) => return Ok(Err("The stored credential cannot be opened.".to_owned())),
        Err(error) => return Err(error),
    };
    let _turn = console.limits.connection(&kind.host(&connection.settings)).await;
    let mut run = Run::new(kind, target, Depth::Diagnose, deadlines::diagnostics(&connection.heartbeat));
    run.narrow(|id| id == scenario);
    run.step().await;
    let found = run.steps().last().map(|step| step.found.clone()).unwrap_or_default();
    Ok(run.measured(signal).ok_or_else(|| format!("{signal} could not be measured: {found}")))
}
