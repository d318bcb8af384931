//! Tries one claimed connection, with its retries, and says how its slot ended.

use std::{pin::pin, sync::Arc};

use tokio::time::{Instant, timeout, timeout_at};
use tracing::{Instrument, field::Empty};

use super::{
    claim::Claim,
    concurrency::{Host, PATIENCE},
    prepared::Prepared,
};
use crate::Console;
use domain::{
    correlation_id::CorrelationId,
    heartbeat::{MissedReason, Outcome},
    latency::Latency,
};
use probes::{
    kinds::{Cause, Failure, Target},
    runner,
};

/// How a claimed slot ended.
pub struct Ended {
    pub claim: Claim,
    pub outcome: Outcome,
    pub reason: Option<MissedReason>,
    /// Of the last try.
    pub latency: Option<Latency>,
    /// What a failure showed, redacted.
    pub failure: Option<String>,
    /// What it was of.
    pub cause: Option<Cause>,
    /// The failure may lie with the console's own network.
    pub unanswered: bool,
    pub correlation_id: CorrelationId,
}

impl Ended {
    pub fn untried(claim: Claim, outcome: Outcome, reason: Option<MissedReason>) -> Self {
        let correlation_id = CorrelationId::of_heartbeat(claim.claimed.key, claim.plan.slot);
        Self { claim, outcome, reason, latency: None, failure: None, cause: None, unanswered: false, correlation_id }
    }
}

/// Waits for its turn until the slot is over, then tries. Never fails: that is an outcome too.
pub async fn attempt(console: &Console, claim: Claim) -> Ended {
    let Some(prepared) = claim.prepared.clone() else {
        return Ended::untried(claim, Outcome::Missed, Some(MissedReason::Unprepared));
    };
    let host = console.scheduler.concurrency.host(&prepared.host);
    let correlation_id = CorrelationId::of_heartbeat(claim.claimed.key, claim.plan.slot);
    let target = Target { correlation_id: correlation_id.clone(), ..prepared.target.clone() };
    let slot_ends = Instant::now() + prepared.interval;
    let (mut tries_left, mut last) = (prepared.retries, None);
    let span = tracing::trace_span!("heartbeat", %correlation_id, kind = prepared.kind.descriptor().id, scenario = prepared.scenario.id, outcome = Empty);
    loop {
        let Ok(Some(mut pass)) = timeout_at(slot_ends, console.scheduler.concurrency.enter(&host)).await else { break };
        let mut trying = pin!(runner::beat(prepared.kind.as_ref(), &target, prepared.timeout).instrument(span.clone()));
        let (latency, result) = match timeout(PATIENCE, &mut trying).await {
            Ok(result) => result,
            Err(_elapsed) => {
                pass.make_room();
                trying.await
            }
        };
        drop(pass);
        note(&host, &result);
        let failed = result.is_err();
        last = Some((latency, result));
        if !failed || tries_left == 0 || host.is_open() {
            break;
        }
        tries_left -= 1;
    }
    let ended = ended(claim, &prepared, &target, last, correlation_id);
    span.record("outcome", <&str>::from(ended.outcome));
    ended
}

fn note(host: &Host, result: &Result<(), Failure>) {
    host.note(result.as_ref().err().is_none_or(|failure| !is_unanswered(failure.cause)));
}

/// Nothing came back at all, so it may be the console that is cut off.
const fn is_unanswered(cause: Cause) -> bool {
    matches!(cause, Cause::TimedOut | Cause::Unreachable | Cause::ResolverFailed)
}

fn ended(
    claim: Claim,
    prepared: &Arc<Prepared>,
    target: &Target,
    last: Option<(std::time::Duration, Result<(), Failure>)>,
    correlation_id: CorrelationId,
) -> Ended {
    let Some((latency, result)) = last else {
        return Ended::untried(claim, Outcome::Missed, Some(MissedReason::Overloaded));
    };
    let latency = Some(Latency::from(latency));
    match result {
        Ok(()) => Ended { claim, outcome: Outcome::Pass, reason: None, latency, failure: None, cause: None, unanswered: false, correlation_id },
        Err(failure) => {
            let unanswered = is_unanswered(failure.cause);
            let found = runner::redacted(&failure, target);
            // Where nobody got in, what the heartbeat would have asked is beside the point.
            let is_told_whole = failure.scenario.is_none() && failure.cause.is_no_way_in();
            let found = if is_told_whole { found } else { format!("{}: {found}", prepared.title_of(failure.scenario)) };
            Ended { claim, outcome: Outcome::Fail, reason: None, latency, failure: Some(found), cause: Some(failure.cause), unanswered, correlation_id }
        }
    }
}
