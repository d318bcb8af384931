//! The background task `executions`: does the steps that are the console's.
//!
//! A node claims an execution as it claims a connection whose heartbeat is due: by its lease, under a token that rises with every claim. A step is noted
//! as begun before it is done, and as ended after, each in a unit of work that holds the execution under the token. So whoever dies in between leaves a step
//! that is begun; the next node does it again, but for a request that must not be sent twice, of which a person is asked what became of it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::verbs::{self, Finding, VerbOutcome, Work};
use crate::{Console, OpsError, error::chain, events::PendingEvents};
use domain::{
    bidi,
    correlation_id::CorrelationId,
    ids::ExecutionId,
    profile::ServiceConnectionProfile,
    runbook::{
        StepAction,
        execution::{Execution, ExecutionStatus, ExecutionStep, Next, Outcome},
    },
    time::Timestamp,
};
use store::{
    TeamTx, deliveries, execution_steps, profiles,
    runbook_executions::{self as rows, Claimed},
};

/// Between looks, where nobody says that there is something to do: another node may have left it, or a wait may be over.
const PERIOD: Duration = Duration::from_secs(1);
/// Executions that one process goes on with at once.
const AT_ONCE: usize = 32;
/// Waits between tries while the database is away.
const RETRY: Duration = Duration::from_millis(500);
/// How long a stop waits for steps that are being done.
const DRAIN: Duration = Duration::from_secs(8);

/// What is said of a step of which nobody knows whether it was done.
const UNKNOWN: &str =
    "The console stopped while it sent this, so it is not known whether it arrived. Look, then say that it is done, or resume to send it again.";

/// The executions that this process is at.
#[derive(Default)]
struct Workers {
    working: JoinSet<()>,
    executions: HashMap<Id, ExecutionId>,
}

/// Does steps until `stop`, then lets those that are being done end.
pub async fn run(console: Console, stop: CancellationToken) {
    let mut workers = Workers::default();
    loop {
        if let Err(error) = workers.begin(&console).await {
            tracing::warn!(error = chain(&error), "runbooks that are to go on could not be claimed");
            sleep(RETRY).await;
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = workers.working.join_next_with_id() => workers.forget(&ended),
            () = console.executions.notified() => {}
            () = sleep(PERIOD) => {}
        }
    }
    let all = async { while workers.working.join_next().await.is_some() {} };
    if timeout(DRAIN, all).await.is_err() {
        tracing::info!(executions = workers.working.len(), "left steps of runbooks that were still being done; they are done again");
    }
}

/// Does all that may be done by now, and waits for it.
///
/// # Errors
/// The database failed.
pub async fn carry_on(console: &Console) -> Result<(), OpsError> {
    let mut workers = Workers::default();
    loop {
        workers.begin(console).await?;
        match workers.working.join_next_with_id().await {
            Some(ended) => workers.forget(&ended),
            None => return Ok(()),
        }
    }
}

impl Workers {
    async fn begin(&mut self, console: &Console) -> Result<(), OpsError> {
        if !self.working.is_empty() {
            console.scheduler.renew_lease(&console.db).await?;
        }
        let busy: HashSet<_> = self.executions.values().copied().collect();
        for claimed in claim(console, &busy).await? {
            let started = self.working.spawn(work(console.clone(), claimed));
            self.executions.insert(started.id(), claimed.id);
        }
        Ok(())
    }

    fn forget(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => {
                tracing::error!("a step of a runbook ended early");
                error.id()
            }
        };
        self.executions.remove(&id);
    }
}

async fn claim(console: &Console, busy: &HashSet<ExecutionId>) -> Result<Vec<Claimed>, OpsError> {
    let (now, node) = (console.clock.now(), console.scheduler.node);
    let room = AT_ONCE.saturating_sub(busy.len());
    if room == 0 || rows::oldest_due(&console.db).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    // Committed before anything is claimed, as heartbeats do it.
    console.scheduler.renew_lease(&console.db).await?;
    let mut tx = console.db.begin().await?;
    // What this process is at already is among them.
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let mut due = rows::due(&mut tx, node, now, most).await?;
    due.retain(|claimed| !busy.contains(&claimed.id));
    due.truncate(room);
    for claimed in &due {
        rows::take(&mut tx, node, *claimed).await?;
    }
    tx.commit().await?;
    Ok(due)
}

async fn work(console: Console, claimed: Claimed) {
    while !console.stopping.is_cancelled() {
        match one(&console, claimed).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(execution = %claimed.id, error = chain(&error), "a step of a runbook was broken off; it is done again in a moment");
                return sleep(RETRY).await;
            }
        }
    }
}

/// A step that is noted as begun, and what it is done on.
struct Begun {
    execution: Execution,
    step: ExecutionStep,
    connection: Option<ServiceConnectionProfile>,
    correlation_id: CorrelationId,
    at: Timestamp,
}

/// One step. False when there is nothing more for the console to do now, or it is no longer this node's.
async fn one(console: &Console, claimed: Claimed) -> Result<bool, OpsError> {
    let Some(begun) = begin(console, claimed).await? else { return Ok(false) };
    let work = Work {
        console,
        team: claimed.team_id,
        execution: &begun.execution,
        step: &begun.step,
        connection: begun.connection.as_ref(),
        correlation_id: &begun.correlation_id,
        begun_at: begun.at,
    };
    let came = verbs::carry_out(work).await?;
    if !begun.step.step.action.must_not_be_repeated() {
        return end(console, claimed, &begun, &came).await;
    }
    // What was sent must not be sent again because that could not be noted.
    loop {
        match end(console, claimed, &begun, &came).await {
            Err(error) if error.is_passing() && !console.stopping.is_cancelled() => sleep(RETRY).await,
            ended => return ended,
        }
    }
}

/// Notes that the next step is begun; nothing where that is not the console's.
async fn begin(console: &Console, claimed: Claimed) -> Result<Option<Begun>, OpsError> {
    let now = console.clock.now();
    let mut tx = console.db.for_team(claimed.team_id).begin().await?;
    if !rows::hold_claimed(&mut tx, claimed, now).await? {
        return Ok(None);
    }
    let Some(mut execution) = rows::get_in(&mut tx, claimed.id).await? else { return Ok(None) };
    let Next::Console(n) = execution.next() else {
        turn(&mut tx, &execution, None).await?;
        return commit(console, tx).await.map(|()| None);
    };
    let Some(step) = execution.steps.iter_mut().find(|step| step.n == n) else { return Ok(None) };
    if step.outcome == Outcome::Running && step.step.action.must_not_be_repeated() {
        (step.outcome, step.at, step.found) = (Outcome::Failed, Some(now), Some(UNKNOWN.to_owned()));
        execution_steps::update(&mut tx, claimed.id, step).await?;
        turn(&mut tx, &execution, None).await?;
        return commit(console, tx).await.map(|()| None);
    }
    // What is looked at again goes on under the same thread, and since the same moment.
    let correlation_id = step.correlation_id.clone().filter(|_| step.outcome == Outcome::Running).unwrap_or_else(CorrelationId::mint);
    let at = step.begun_at.filter(|_| step.outcome == Outcome::Running).unwrap_or(now);
    let fresh = ExecutionStep {
        outcome: Outcome::Running,
        begun_at: Some(at),
        correlation_id: Some(correlation_id.clone()),
        by: None,
        at: None,
        found: step.found.clone().filter(|_| step.outcome == Outcome::Running),
        run_id: None,
        ..step.clone()
    };
    execution_steps::update(&mut tx, claimed.id, &fresh).await?;
    let connection = match execution.connection_id {
        Some(id) => profiles::get_in(&mut tx, id).await?,
        None => None,
    };
    commit(console, tx).await?;
    Ok(Some(Begun { execution, step: fresh, connection, correlation_id, at }))
}

/// Notes what came of it, and whose turn is next. False when that is not the console's now.
async fn end(console: &Console, claimed: Claimed, begun: &Begun, came: &VerbOutcome) -> Result<bool, OpsError> {
    let now = console.clock.now();
    let mut tx = console.db.for_team(claimed.team_id).begin().await?;
    if !rows::hold_claimed(&mut tx, claimed, now).await? {
        return Ok(false);
    }
    let Some(mut execution) = rows::get_in(&mut tx, claimed.id).await? else { return Ok(false) };
    let goes_on = match came {
        VerbOutcome::Later { again, so_far } => {
            let looked = ExecutionStep { found: Some(bidi::visible(so_far).into_owned()), ..begun.step.clone() };
            execution_steps::update(&mut tx, claimed.id, &looked).await?;
            turn(&mut tx, &execution, Some(*again)).await?;
            false
        }
        VerbOutcome::Over(Finding { is_well, found, run_id, messages }) => {
            let outcome = if *is_well { Outcome::Done } else { Outcome::Failed };
            let ended = ExecutionStep { outcome, at: Some(now), found: Some(bidi::visible(found).into_owned()), run_id: *run_id, ..begun.step.clone() };
            execution_steps::update(&mut tx, claimed.id, &ended).await?;
            if let StepAction::Notify(notice) = &ended.step.action {
                for message in messages {
                    deliveries::queue(&mut tx, message, &notice.text, &execution.started_by).await?;
                }
            }
            if let Some(step) = execution.steps.iter_mut().find(|step| step.n == ended.n) {
                *step = ended;
            }
            let goes_on = matches!(execution.next(), Next::Console(_));
            if !goes_on {
                turn(&mut tx, &execution, None).await?;
            }
            goes_on
        }
    };
    commit(console, tx).await?;
    if matches!(came, VerbOutcome::Over(Finding { messages, .. }) if !messages.is_empty()) {
        console.events.wake_sender();
    }
    Ok(goes_on)
}

/// Gives the execution back: to whoever is next, or to any node at the moment `until`.
async fn turn(tx: &mut TeamTx, execution: &Execution, until: Option<Timestamp>) -> Result<(), OpsError> {
    let status = if until.is_some() { ExecutionStatus::Running } else { execution.next().status() };
    Ok(rows::turn(tx, execution.id, status, until).await?)
}

async fn commit(console: &Console, tx: TeamTx) -> Result<(), OpsError> {
    let mut pending = PendingEvents::default();
    pending.other(tx.team());
    tx.commit().await?;
    console.events.publish(pending);
    Ok(())
}
