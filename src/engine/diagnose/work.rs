//! One run, from its turn to its end.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::{
    attempt,
    finalize::{self, Interruption},
    plan::Plan,
    recover::{ALIVE_EVERY, is_alive},
};
use crate::{Console, OpsError};
use domain::{
    diagnostic::DiagnosticTestRun,
    ids::{RunId, TeamId},
};
use store::diagnostic_runs;

/// How often the end of a run is tried again when the database does not take it.
const TRY_AGAIN: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

pub async fn work(console: Console, team: TeamId, run: DiagnosticTestRun, plan: Plan) {
    let id = run.id;
    let ended = tokio::select! {
        ended = all(&console, team, &run, plan).instrument(tracing::trace_span!("run", correlation_id = %run.correlation_id)) => ended,
        () = until_it_is_over(&console, team, id) => Ok(()),
    };
    let ended = match ended {
        Ok(()) => ended,
        // A result that cannot be stored must not be missing from a run that looks complete.
        Err(error) => {
            tracing::error!(run = %id, correlation_id = %run.correlation_id, %team, %error, "a diagnostic run broke off");
            broken_off(&console, team, id).await
        }
    };
    if let Err(error) = ended {
        tracing::error!(run = %id, correlation_id = %run.correlation_id, %team, %error, "the end of a diagnostic run could not be recorded; it will be interrupted");
    }
}

async fn all(console: &Console, team: TeamId, run: &DiagnosticTestRun, plan: Plan) -> Result<(), OpsError> {
    let _turn = console.bounds.run().await;
    let mut tx = console.db.for_team(team).begin().await?;
    let begun = diagnostic_runs::begin(&mut tx, run.id, console.clock.now()).await?;
    tx.commit().await?;
    if !begun {
        return Ok(());
    }
    // Dropping the set, when the run is over before its work, ends what is left of it.
    let mut attempts = JoinSet::new();
    for (position, planned) in plan.connections.into_iter().enumerate() {
        attempts.spawn(attempt::connection(console.clone(), team, run.clone(), position, planned).in_current_span());
    }
    while let Some(done) = attempts.join_next().await {
        done??;
    }
    let (console, run) = (console.clone(), run.clone());
    // On a task of its own: once begun it ends, though the run is found to be over meanwhile.
    tokio::spawn(async move {
        let status = finalize::finish(&console, team, run.id).await?;
        tracing::info!(run = %run.id, correlation_id = %run.correlation_id, %team, ?status, "diagnostic run finished");
        Ok(())
    })
    .await?
}

/// Says that the process is alive for as long as the run is not over.
async fn until_it_is_over(console: &Console, team: TeamId, id: RunId) {
    let console = console.clone();
    let alive = AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            tokio::time::sleep(ALIVE_EVERY).await;
            match is_alive(&console, team, id).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(run = %id, %error, "a diagnostic run could not say that it is alive"),
            }
        }
    }));
    let _ = alive.await;
}

async fn broken_off(console: &Console, team: TeamId, id: RunId) -> Result<(), OpsError> {
    for pause in TRY_AGAIN {
        if finalize::interrupt(console, team, id, Interruption::NotStored).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
    }
    finalize::interrupt(console, team, id, Interruption::NotStored).await.map(drop)
}
