//! Runs the scenarios of a kind to a depth. Only this module knows of deadlines, panics and redaction.

use std::{
    collections::VecDeque,
    mem,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, field::Empty};

use super::{
    kinds::{Artefact, Cause, CauseText, ConnectionKind, Failure, Finding, Measured, Target, evidence, sign_in_advice},
    redact::Redactor,
};
use domain::{
    kind::{Depth, Scenario},
    latency::Latency,
    verification::{Step, StepOutcome},
};

/// Longest text kept of what a service answered, in characters.
const LONGEST_FOUND: usize = 500;

/// How long a run may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For a scenario that asks once, as a heartbeat does: the patience of the connection.
    pub scenario: Duration,
    /// For a scenario that only diagnostics run, which may ask several times.
    pub deep: Duration,
    pub total: Duration,
}

/// One run through the scenarios of a kind. Never fails: a failed probe is an outcome.
pub struct Run {
    kind: Arc<dyn ConnectionKind>,
    target: Arc<Target>,
    deadlines: Deadlines,
    redactor: Redactor,
    ends: Instant,
    waiting: VecDeque<Scenario>,
    steps: Vec<Step>,
    /// Only diagnostics ask for evidence, so only they pay for it.
    keeps_evidence: bool,
    artefacts: Vec<(&'static str, Artefact)>,
    measured: Vec<Measured>,
    /// The title of the blocking scenario that failed; the rest is skipped.
    stopped_by: Option<&'static str>,
}

impl Run {
    /// Every scenario up to `depth`, in the kind's order. The clock of the total deadline starts now.
    pub fn new(kind: Arc<dyn ConnectionKind>, target: Target, depth: Depth, deadlines: Deadlines) -> Self {
        let redactor = Redactor::new(target.credential.values());
        let waiting = kind.descriptor().scenarios_to(depth).copied().collect();
        let (target, ends) = (Arc::new(target), Instant::now() + deadlines.total);
        let keeps_evidence = depth == Depth::Diagnose;
        Self {
            kind,
            target,
            deadlines,
            redactor,
            ends,
            waiting,
            steps: Vec::new(),
            keeps_evidence,
            artefacts: Vec::new(),
            measured: Vec::new(),
            stopped_by: None,
        }
    }

    /// Leaves out the scenarios that are not `chosen`, by their ids.
    pub fn narrow(&mut self, chosen: impl Fn(&str) -> bool) {
        self.waiting.retain(|scenario| chosen(scenario.id));
    }

    /// Runs the next scenario; false when there is none left.
    pub async fn step(&mut self) -> bool {
        let Some(scenario) = self.waiting.pop_front() else { return false };
        let step = match self.stopped_by {
            Some(title) => skipped(scenario, title),
            None => {
                let patience = if scenario.depth == Depth::Diagnose { self.deadlines.deep } else { self.deadlines.scenario };
                let time = patience.min(self.ends.saturating_duration_since(Instant::now()));
                let span = tracing::trace_span!("step", kind = self.kind.descriptor().id, scenario = scenario.id, outcome = Empty);
                let (latency_ms, mut result) = attempt(&self.kind, &self.target, scenario, time).instrument(span.clone()).await;
                let evidence = mem::take(result.as_mut().map_or_else(|failure| &mut failure.evidence, |finding| &mut finding.evidence));
                if self.keeps_evidence {
                    self.artefacts.extend(evidence::distinct(evidence).into_iter().map(|artefact| (scenario.id, cleared(artefact, &self.redactor))));
                }
                self.measured.append(result.as_mut().map_or_else(|failure| &mut failure.measured, |finding| &mut finding.measured));
                // Where none has got in yet, one that would only inform cannot say that all is well.
                let nobody_got_in = !self.steps.iter().any(|step| matches!(step.outcome, StepOutcome::Passed | StepOutcome::Warned));
                let blocking = scenario.blocking || (nobody_got_in && result.as_ref().is_err_and(|failure| failure.cause.is_no_way_in()));
                let is_turned_down = result.as_ref().is_err_and(|failure| failure.cause == Cause::AuthRejected);
                let step = step(Scenario { blocking, ..scenario }, latency_ms, result, &self.redactor);
                span.record("outcome", <&str>::from(step.outcome));
                if is_turned_down { Step { remediation: sign_in_advice(self.kind.descriptor(), &self.target.settings), ..step } } else { step }
            }
        };
        if step.outcome == StepOutcome::Failed {
            self.stopped_by = Some(scenario.title);
        }
        self.steps.push(step);
        true
    }

    /// The finished steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The evidence of the finished steps, each beside its scenario's id: redacted, bounded, and empty unless the depth is `Diagnose`.
    pub fn artefacts(&self) -> &[(&'static str, Artefact)] {
        &self.artefacts
    }

    /// The last number that was taken of a signal.
    pub fn measured(&self, signal: &str) -> Option<f64> {
        self.measured.iter().rev().find(|(name, _)| *name == signal).map(|(_, value)| *value)
    }

    /// The evidence of the finished steps, given away: called after each step, it gives that step's evidence.
    pub fn take_artefacts(&mut self) -> Vec<(&'static str, Artefact)> {
        mem::take(&mut self.artefacts)
    }
}

/// Without secrets, and cut. In this order: a secret that the cut went through would no longer be known.
fn cleared(mut artefact: Artefact, redactor: &Redactor) -> Artefact {
    artefact.bytes = redactor.redact_bytes(&artefact.bytes);
    artefact.bytes.truncate(evidence::MAX_ARTEFACT);
    artefact
}

async fn attempt(kind: &Arc<dyn ConnectionKind>, target: &Arc<Target>, scenario: Scenario, time: Duration) -> (f64, Result<Finding, Failure>) {
    let begun = Instant::now();
    target.so_far.forget();
    let (kind, on_task) = (Arc::clone(kind), Arc::clone(target));
    // A task of its own: a panic in a client becomes a failed step, and the deadline ends it wherever it stands.
    let task = AbortOnDropHandle::new(tokio::spawn(async move { kind.run(scenario.id, &on_task).await }));
    let result = match tokio::time::timeout(time, task).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panicked)) => Err(Failure::new(Cause::UnexpectedAnswer, "The check itself broke on what the service answered.")),
        Err(_elapsed) => Err(target.so_far.out_of_time(time)),
    };
    (Latency::from(begun.elapsed()).as_millis(), result)
}

/// One heartbeat, on the caller's own task, at the least cost. A warning passes.
///
/// # Errors
/// The failure as the kind told it, not redacted yet; see [`redacted`].
pub async fn beat(kind: &dyn ConnectionKind, target: &Target, time: Duration) -> (Duration, Result<(), Failure>) {
    let begun = Instant::now();
    target.so_far.forget();
    let result = match tokio::time::timeout(time, AssertUnwindSafe(kind.heartbeat(target)).catch_unwind()).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(failure))) if failure.warns => Ok(()),
        Ok(Ok(Err(failure))) => Err(failure),
        Ok(Err(_panicked)) => Err(Failure::new(Cause::UnexpectedAnswer, "The check itself broke on what the service answered.")),
        Err(_elapsed) => Err(target.so_far.out_of_time(time)),
    };
    (begun.elapsed(), result)
}

/// What a failure showed, redacted and bounded.
pub fn redacted(failure: &Failure, target: &Target) -> String {
    bounded(&Redactor::new(target.credential.values()).redact(&failure.found))
}

fn bounded(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_FOUND).collect()
}

fn step(scenario: Scenario, latency_ms: f64, result: Result<Finding, Failure>, redactor: &Redactor) -> Step {
    let (outcome, found, cause) = match result {
        Ok(Finding { found, is_unused: true, .. }) => return Step { found: bounded(&redactor.redact(&found)), blocking: false, ..skipped(scenario, "") },
        Ok(Finding { found, .. }) => (StepOutcome::Passed, found, None),
        Err(Failure { cause, found, warns, .. }) => {
            let outcome = if scenario.blocking && !warns { StepOutcome::Failed } else { StepOutcome::Warned };
            (outcome, found, Some(cause))
        }
    };
    let CauseText { why, remediation } = cause.map_or(CauseText { why: "", remediation: "" }, Cause::text);
    let found = bounded(&redactor.redact(&found));
    Step {
        scenario: scenario.id.into(),
        title: scenario.title.into(),
        outcome,
        blocking: scenario.blocking,
        latency_ms,
        found,
        why: why.into(),
        remediation: remediation.into(),
        cause: cause.map(|cause| <&str>::from(cause).to_owned()),
    }
}

fn skipped(scenario: Scenario, stopped_by: &str) -> Step {
    Step {
        scenario: scenario.id.into(),
        title: scenario.title.into(),
        outcome: StepOutcome::Skipped,
        blocking: scenario.blocking,
        latency_ms: 0.0,
        found: format!("Not run, because “{stopped_by}” failed."),
        why: String::new(),
        remediation: String::new(),
        cause: None,
    }
}

#[cfg(test)]
mod tests;
