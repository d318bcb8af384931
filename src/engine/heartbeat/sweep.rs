//! A sweep when asked: every connection of a team, or those named, due or not.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{
    attempt::{Ended, attempt},
    claim::{Claim, ClaimSelection, claim},
    record::{Recorded, part, record},
};
use crate::{Console, OpsError, Scope, connections};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    heartbeat::Outcome,
    ids::ProfileId,
    listing::{Filter, Sort},
    operator::Who,
    permission::Permission,
    profile::State,
};
use store::profiles::list::{self, From};

/// Connections that one sweep may name.
const MOST: usize = 2_000;
/// Results written together.
const BATCH: usize = 500;

/// What a sweep came to. Connections that another node was working on, and those in maintenance, are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Swept {
    pub swept: usize,
    pub passed: usize,
    pub failed: usize,
    pub duration_ms: u64,
}

/// Tries the connections now. A slot that is due is given its row; otherwise the heartbeat is an extra one.
///
/// # Errors
/// A connection that is not there, or not active; the database failed.
pub async fn sweep(scope: &Scope, ids: Option<&[ProfileId]>) -> Result<Swept, OpsError> {
    scope.authorize(Permission::SweepHeartbeats)?;
    let begun = Instant::now();
    if let Some(ids) = ids {
        check(scope, ids).await?;
    }
    let within = if ids.is_none() { within_reach(scope).await? } else { None };
    let claims = claim(&scope.console, ClaimSelection::Named(scope.team(), ids.or(within.as_deref()))).await?;
    let used_credential = claims.iter().any(|claim| claim.prepared.as_ref().is_some_and(|prepared| !prepared.target.credential.is_empty()));
    let recorded = carry_out(&scope.console, claims).await?;
    // A shell is where cron sweeps, every minute.
    if scope.actor.who != Who::CommandLine && recorded.passed + recorded.failed > 0 {
        // It is done, whether that can be kept or not.
        scope.audit_reading(AuditAct::HeartbeatsSwept, Subject::many(recorded.passed + recorded.failed).used_credential(used_credential)).await;
    }
    Ok(Swept {
        swept: recorded.passed + recorded.failed,
        passed: recorded.passed,
        failed: recorded.failed,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// Whatever is due by now, of every team; the scheduler's own round, waited for to its end.
///
/// # Errors
/// The database failed.
pub async fn round(console: &Console) -> Result<Recorded, OpsError> {
    let mut all = Recorded::default();
    loop {
        let claims = claim(console, ClaimSelection::Due).await?;
        if claims.is_empty() {
            return Ok(all);
        }
        all.add(carry_out(console, claims).await?);
    }
}

/// The active connections of an actor who does not reach all of them.
async fn within_reach(scope: &Scope) -> Result<Option<Vec<ProfileId>>, OpsError> {
    if scope.enter_all().is_ok() {
        return Ok(None);
    }
    let filter = Filter { state: Some(State::Active), ..Filter::default() };
    let active = list::page(&scope.db(), &scope.actor.limits, &filter, Sort::Name, From::Offset(0), i64::MAX).await?;
    Ok(Some(active.iter().map(|profile| profile.id).collect()))
}

async fn check(scope: &Scope, ids: &[ProfileId]) -> Result<(), OpsError> {
    if ids.len() > MOST {
        return Err(ErrorCode::ValidationFailed.into());
    }
    for id in ids {
        match connections::get(scope, *id).await?.state {
            State::Active => {}
            State::Archived => return Err(ErrorCode::ConnectionArchived.into()),
            State::Suspended => return Err(ErrorCode::ConnectionSuspended.into()),
            State::Draft | State::Verified => return Err(ErrorCode::ConnectionNotActive.into()),
        }
    }
    Ok(())
}

async fn carry_out(console: &Console, claims: Vec<Claim>) -> Result<Recorded, OpsError> {
    let mut running = tokio::task::JoinSet::new();
    for claim in claims {
        let console = console.clone();
        running.spawn(async move { run_claim(&console, claim).await });
    }
    let (mut batch, mut recorded) = (Vec::new(), Recorded::default());
    loop {
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = tokio::time::sleep(console.scheduler.limits.lease / 4) => {
                console.scheduler.renew_lease(&console.db).await?;
                continue;
            }
        };
        match ended {
            Some(ended) => batch.push(ended?),
            None => break,
        }
        if batch.len() >= BATCH {
            recorded.add(record(console, &mut part(&mut batch)).await?);
        }
    }
    while !batch.is_empty() {
        recorded.add(record(console, &mut part(&mut batch)).await?);
    }
    Ok(recorded)
}

/// One claim to its end: tried, unless a maintenance window covers it.
pub async fn run_claim(console: &Console, claim: Claim) -> Ended {
    if claim.in_maintenance { Ended::untried(claim, Outcome::Maintenance, None) } else { attempt(console, claim).await }
}

/// How long a shutdown waits for heartbeats that are being tried.
pub const DRAIN: Duration = Duration::from_secs(8);
