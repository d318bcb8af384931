//! Tries a connection against the real service and keeps the verdict.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use super::{Console, OpsError, Scope, connections, deadlines};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::{ProfileId, TeamId, VerificationId},
    kind::{Depth, KindId},
    permission::Permission,
    profile::State,
    verification::{Step, Verification, VerificationOutcome, verdict},
};
use probes::runner::Run;
use store::{TeamDb, profiles, verifications};

/// A verification still running after this long lost its process; nobody waits for longer.
pub const ABANDONED_AFTER: Duration = deadlines::LONGEST_VERIFICATION.saturating_add(Duration::from_secs(30));

/// How often the end is tried again while the database does not take it.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// How often [`wait`] looks.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Begins a verification of the connection as it is now; it goes on by itself.
///
/// # Errors
/// No such connection, an archived one, one that is being verified already, or a credential that does not open.
pub async fn start(scope: &Scope, id: ProfileId) -> Result<Verification, OpsError> {
    scope.authorize(Permission::VerifyConnections)?;
    let profile = connections::get(scope, id).await?;
    if profile.state == State::Archived {
        return Err(ErrorCode::ConnectionArchived.into());
    }
    let kind = scope.console.kinds.get(&profile.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", profile.kind)))?;
    let target = connections::open_target(&scope.console, &profile, scope.correlation_id.clone()).await?;
    let now = scope.console.clock.now();
    let verification = Verification {
        id: VerificationId::new(),
        connection_id: id,
        profile_version: profile.version,
        outcome: VerificationOutcome::Running,
        started_at: now,
        finished_at: None,
        correlation_id: scope.correlation_id.clone(),
        requested_by: scope.actor.name.clone(),
        steps: Vec::new(),
    };
    let mut tx = scope.begin().await?;
    verifications::interrupt_of(&mut tx, id, now, now - ABANDONED_AFTER).await?;
    if !verifications::insert(&mut tx, &verification).await? {
        return Err(ErrorCode::VerificationRunning.into());
    }
    scope.audit(&mut tx, AuditAct::ConnectionTested, Subject::from(id).named(&profile.name).used_credential(profile.has_credential)).await?;
    tx.commit().await?;
    let deadlines = deadlines::verification(&profile.heartbeat, kind.descriptor().scenarios_to(Depth::Verify).count());
    let run = Run::new(kind, target, Depth::Verify, deadlines);
    let span = tracing::trace_span!("verification", correlation_id = %verification.correlation_id, connection = %verification.connection_id);
    tokio::spawn(work(scope.console.clone(), scope.team(), verification.clone(), profile.kind, run).instrument(span));
    Ok(verification)
}

/// The verification once it has ended.
///
/// # Errors
/// There is no such verification, it has not ended after [`ABANDONED_AFTER`], or the database failed.
pub async fn wait(scope: &Scope, id: VerificationId) -> Result<Verification, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    let end = async {
        loop {
            let verification = get(scope, id).await?;
            if verification.outcome != VerificationOutcome::Running {
                return Ok(verification);
            }
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(ABANDONED_AFTER, end).await.unwrap_or_else(|_| Err(ErrorCode::VerificationRunning.into()))
}

/// # Errors
/// There is no such verification in the actor's team.
pub async fn get(scope: &Scope, id: VerificationId) -> Result<Verification, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    let verification = verifications::get(&scope.db(), id).await?.ok_or(ErrorCode::VerificationNotFound)?;
    if scope.sees_connection(verification.connection_id).await? { Ok(verification) } else { Err(ErrorCode::VerificationNotFound.into()) }
}

/// The newest `limit` verifications of a connection.
///
/// # Errors
/// The database failed.
pub async fn history(scope: &Scope, id: ProfileId, limit: i64) -> Result<Vec<Verification>, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    Ok(verifications::of_connection(&scope.db(), id, limit).await?)
}

/// Ends the verifications whose process is gone. A server calls it when it starts; `alone` says that no other may be running them.
///
/// # Errors
/// The database failed.
pub async fn recover(console: &Console, alone: bool) -> Result<u64, OpsError> {
    let now = console.clock.now();
    let begun_by = if alone { now } else { now - ABANDONED_AFTER };
    let mut tx = console.db.begin().await?;
    let interrupted = verifications::interrupt(&mut tx, now, begun_by).await?;
    tx.commit().await?;
    Ok(interrupted)
}

async fn work(console: Console, team: TeamId, verification: Verification, kind: KindId, mut run: Run) {
    while run.step().await {
        if let Err(error) = save(&console.db.for_team(team), verification.id, run.steps()).await {
            tracing::warn!(verification = %verification.id, %error, "a step could not be saved");
        }
    }
    match finish_in_time(&console, team, &verification, run.steps()).await {
        Ok(outcome) => {
            console.metrics.verification(&kind, outcome);
            tracing::info!(
                connection = %verification.connection_id, verification = %verification.id, %outcome,
                correlation_id = %verification.correlation_id, %team, "verification finished"
            );
        }
        Err(error) => tracing::error!(
            connection = %verification.connection_id, verification = %verification.id, %error,
            correlation_id = %verification.correlation_id, %team, "verification could not be recorded"
        ),
    }
}

async fn save(db: &TeamDb, id: VerificationId, steps: &[Step]) -> Result<(), OpsError> {
    let mut tx = db.begin().await?;
    verifications::save_steps(&mut tx, id, steps).await?;
    Ok(tx.commit().await?)
}

/// A database that does not take the end now may take it in a moment. Whoever begins another one ends what is still running by then.
async fn finish_in_time(console: &Console, team: TeamId, verification: &Verification, steps: &[Step]) -> Result<VerificationOutcome, OpsError> {
    let until = Instant::now() + ABANDONED_AFTER;
    loop {
        match finish(console, team, verification, steps).await {
            Err(error) if error.is_passing() && Instant::now() < until => sleep(TRY_AGAIN).await,
            ended => return ended,
        }
    }
}

async fn finish(console: &Console, team: TeamId, verification: &Verification, steps: &[Step]) -> Result<VerificationOutcome, OpsError> {
    let (outcome, now) = (verdict(steps), console.clock.now());
    let passed_at = (outcome == VerificationOutcome::Passed).then_some(now);
    let mut tx = console.db.for_team(team).begin().await?;
    if !verifications::finish(&mut tx, verification.id, steps, outcome, now).await? {
        return Ok(VerificationOutcome::Interrupted);
    }
    profiles::record_verification(&mut tx, verification.connection_id, verification.profile_version, passed_at).await?;
    tx.commit().await?;
    Ok(outcome)
}
