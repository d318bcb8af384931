//! One connection of a run: its scenarios, each stored as it ends, with its evidence.

use tracing::Instrument;

use crate::{
    Console, OpsError, connections, deadlines,
    diagnose::plan::{Planned, is_chosen},
    evidence::{self, Origin},
    vault,
};
use domain::{
    correlation_id::CorrelationId,
    diagnostic::{DiagnosticResult, DiagnosticTestRun},
    evidence::Evidence,
    ids::TeamId,
    kind::Depth,
    verification::{Step, StepOutcome},
};
use probes::{kinds::Artefact, runner::Run};
use store::{
    diagnostic_results::{self, Position},
    diagnostic_runs, evidence as rows,
};

/// Tries one connection. Ends early, and well, when the run is over.
///
/// # Errors
/// The database failed.
pub async fn connection(console: Console, team: TeamId, run: DiagnosticTestRun, position: usize, planned: Planned) -> Result<(), OpsError> {
    let _turn = console.limits.connection(&planned.kind.host(&planned.profile.settings)).await;
    let correlation_id = CorrelationId::mint();
    let span = tracing::trace_span!("connection", %correlation_id, connection = %planned.profile.id);
    let chosen = run.scenarios.clone();
    let result = |step: &Step| DiagnosticResult {
        connection_id: planned.profile.id,
        connection_name: planned.profile.name.clone(),
        scenario: step.scenario.clone(),
        title: step.title.clone(),
        outcome: step.outcome,
        blocking: step.blocking,
        latency_ms: step.latency_ms,
        found: step.found.clone(),
        why: step.why.clone(),
        remediation: step.remediation.clone(),
        cause: step.cause.clone(),
        evidence_ids: Vec::new(),
        correlation_id: correlation_id.clone(),
        finished_at: console.clock.now(),
    };
    let at = |scenario: usize| Position { connection: i64::try_from(position).unwrap_or(i64::MAX), scenario: i64::try_from(scenario).unwrap_or(i64::MAX) };
    let target = match connections::open_target(&console, &planned.profile, correlation_id.clone()).await {
        Ok(target) => target,
        Err(OpsError::Vault(error)) => {
            for (place, step) in unopened(&planned, chosen.as_deref(), &error).iter().enumerate() {
                store(&console, team, &run, at(place), &result(step), Vec::new()).await?;
            }
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let mut scenarios = Run::new(planned.kind.clone(), target, Depth::Diagnose, deadlines::diagnostics(&planned.profile.heartbeat));
    scenarios.narrow(|scenario| is_chosen(chosen.as_deref(), scenario));
    while scenarios.step().instrument(span.clone()).await {
        let artefacts = scenarios.take_artefacts();
        let done = scenarios.steps();
        let Some(step) = done.last() else { break };
        let outcome = step.outcome;
        if !store(&console, team, &run, at(done.len()), &result(step), artefacts).await? {
            return Ok(());
        }
        console.metrics.scenario(&planned.profile.kind, outcome);
    }
    Ok(())
}

/// Evidence first, then the result and the rows of its evidence in one. False when the run is over.
async fn store(
    console: &Console,
    team: TeamId,
    run: &DiagnosticTestRun,
    position: Position,
    result: &DiagnosticResult,
    artefacts: Vec<(&'static str, Artefact)>,
) -> Result<bool, OpsError> {
    let (kept, lost) = keep(console, team, run, result, artefacts).await;
    let mut tx = console.db.for_team(team).begin().await?;
    if !diagnostic_runs::touch(&mut tx, run.id, console.clock.now()).await? {
        return Ok(false);
    }
    diagnostic_results::insert(&mut tx, run.id, position, result).await?;
    for one in &kept {
        rows::insert(&mut tx, one).await?;
    }
    if let Some(why) = lost {
        diagnostic_runs::lose_evidence(&mut tx, run.id, &why).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What could be kept, and why the rest could not.
async fn keep(
    console: &Console,
    team: TeamId,
    run: &DiagnosticTestRun,
    result: &DiagnosticResult,
    artefacts: Vec<(&'static str, Artefact)>,
) -> (Vec<Evidence>, Option<String>) {
    let (mut kept, mut lost) = (Vec::new(), None);
    for (scenario, artefact) in artefacts {
        let origin = Origin { team, run: run.id, connection: result.connection_id, scenario };
        match evidence::upload(console, origin, artefact).await {
            Ok(row) => kept.push(row),
            Err(error) => {
                tracing::error!(run = %run.id, scenario, correlation_id = %run.correlation_id, %team, error = crate::error::chain(&error), "evidence could not be kept");
                lost = Some(format!("Evidence of “{}” on “{}” could not be kept: the evidence store did not take it.", result.title, result.connection_name));
            }
        }
    }
    (kept, lost)
}

/// A connection whose credential does not open fails its first scenario and skips the rest.
fn unopened(planned: &Planned, chosen: Option<&[String]>, error: &vault::VaultError) -> Vec<Step> {
    let scenarios = planned.kind.descriptor().scenarios_to(Depth::Diagnose).filter(|scenario| is_chosen(chosen, scenario.id));
    let text = domain::error::ErrorCode::CredentialUnreadable.text();
    let step = |(place, scenario): (usize, &domain::kind::Scenario)| Step {
        scenario: scenario.id.into(),
        title: scenario.title.into(),
        outcome: if place == 0 { StepOutcome::Failed } else { StepOutcome::Skipped },
        blocking: true,
        latency_ms: 0.0,
        found: if place == 0 {
            format!("{} ({error}).", text.message.trim_end_matches('.'))
        } else {
            "Not run, because the credential cannot be opened.".into()
        },
        why: if place == 0 { "Without its credential the connection cannot be tried.".into() } else { String::new() },
        remediation: if place == 0 { text.remediation.into() } else { String::new() },
        cause: None,
    };
    scenarios.enumerate().map(step).collect()
}
