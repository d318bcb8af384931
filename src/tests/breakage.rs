//! A table for each kind: ways to break it, and the one scenario that each of them breaks.

use std::{any::Any, collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    kind::Depth,
    verification::{Step, StepOutcome},
};
use probes::{
    kinds::{Cause, ConnectionKind, Target, sign_in_advice},
    runner::{self, Deadlines, Run},
};

const PATIENCE: Duration = Duration::from_secs(10);

/// A service that lives as long as this.
pub type Held = Box<dyn Any + Send>;

/// One way of breaking a service or its settings.
pub struct Breakage {
    pub how: &'static str,
    pub target: Target,
    /// The scenario that fails, and why.
    pub breaks: (&'static str, Cause),
    /// A service that lives as long as the way.
    held: Option<Held>,
}

impl Breakage {
    pub fn new(how: &'static str, target: Target, breaks: (&'static str, Cause)) -> Self {
        Self { how, target, breaks, held: None }
    }

    /// Keeps `service` until the way was tried.
    #[must_use]
    pub fn holding(self, service: impl Any + Send) -> Self {
        Self { held: Some(Box::new(service)), ..self }
    }
}

/// Each way breaks its scenario and no other, a heartbeat fails if verification does, in words that no other cause has; and each scenario of the kind is broken by one of them.
///
/// # Panics
/// Otherwise.
pub async fn each_breaks_one_and_each_is_broken(kind: impl ConnectionKind + 'static, ways: Vec<Breakage>) {
    let kind: Arc<dyn ConnectionKind> = Arc::new(kind);
    let id = kind.descriptor().id;
    let mut told: Vec<((&str, Cause), [String; 3])> = Vec::new();
    for Breakage { how, target, breaks, held } in ways {
        let steps = diagnose(kind.clone(), target.clone()).await;
        let watched = runner::beat(kind.as_ref(), &target, PATIENCE).await.1;
        drop(held);
        let failed: Vec<&Step> = steps.iter().filter(|step| matches!(step.outcome, StepOutcome::Failed | StepOutcome::Warned)).collect();
        let [step] = failed[..] else { panic!("{id}, {how}: {failed:#?}") };
        println!("{id:9} {:18} {how}: {}", step.scenario, step.found);
        let text = breaks.1.text();
        let remediation = if breaks.1 == Cause::AuthRejected { sign_in_advice(kind.descriptor(), &target.settings) } else { text.remediation.to_owned() };
        assert_eq!((step.scenario.as_str(), step.why.as_str(), &step.remediation), (breaks.0, text.why, &remediation), "{id}, {how}");
        assert!(!step.found.is_empty(), "{id}, {how}");
        // What refuses activation fails a heartbeat, for the same reason or for its time; nothing else does.
        let refuses = step.outcome == StepOutcome::Failed && kind.descriptor().scenarios_to(Depth::Verify).any(|scenario| scenario.id == step.scenario);
        let watched = watched.err().map(|failure| failure.cause);
        assert!(watched == refuses.then_some(breaks.1) || (refuses && watched == Some(Cause::TimedOut)), "{id}, {how}: the heartbeat: {watched:?}");
        told.push((breaks, [step.found.clone(), step.why.clone(), step.remediation.clone()]));
    }
    for (index, (breaks, words)) in told.iter().enumerate() {
        let other = told[..index].iter().find(|(other, said)| other != breaks && said == words);
        assert!(other.is_none(), "{id}: {breaks:?} and {other:?} cannot be told apart");
    }
    let broken: BTreeSet<_> = told.iter().map(|((scenario, _), _)| *scenario).collect();
    let scenarios: BTreeSet<_> = kind.descriptor().scenarios.iter().map(|scenario| scenario.id).collect();
    assert_eq!(scenarios.difference(&broken).collect::<Vec<_>>(), Vec::<&&str>::new(), "{id}: scenarios that nothing here breaks");
}

async fn diagnose(kind: Arc<dyn ConnectionKind>, target: Target) -> Vec<Step> {
    let deadlines = Deadlines { scenario: PATIENCE, deep: PATIENCE, total: Duration::from_secs(60) };
    let mut run = Run::new(kind, target, Depth::Diagnose, deadlines);
    while run.step().await {}
    run.steps().to_vec()
}
