use std::{collections::BTreeMap, future};

use async_trait::async_trait;
use secrecy::SecretString;

use super::*;
use crate::kinds::{KindDefinition, Memory, Origin, Probe, SoFar};
use crate::{
    egress::{Egress, EgressPolicy, Resolver},
    redact::MARK,
};
use domain::{correlation_id::CorrelationId, environment::Environment, profile::Settings};

const SECRET: &str = "canary-of-the-runner";

/// Echoes its secret into everything it says.
struct Talkative(KindDefinition);

impl Talkative {
    fn new() -> Self {
        let probes = vec![
            Probe::blocking("near", "Near its limit", Depth::Heartbeat, |_| future::ready(near()).boxed()),
            Probe::blocking("over", "Over its limit", Depth::Diagnose, |_| future::ready(over()).boxed()),
            Probe::blocking("after", "After that", Depth::Diagnose, |_| future::ready(over()).boxed()),
            Probe::advisory("advisory", "Only informs", Depth::Diagnose, |_| future::ready(over()).boxed()),
        ];
        Self(KindDefinition::new("talkative", "Talkative", "", Vec::new(), probes))
    }
}

fn answer() -> Artefact {
    Artefact::text("answer", format!("a {SECRET} b"))
}

fn near() -> Result<Finding, Failure> {
    let long = Artefact::text("answer", format!("{}{SECRET}", "x".repeat(evidence::MAX_ARTEFACT - 5)));
    Err(Failure::warning(Cause::TooManyConnections, "80 %").with(answer()).with(long))
}

fn over() -> Result<Finding, Failure> {
    Err(Failure::new(Cause::TooManyConnections, "95 %").with(answer()))
}

#[async_trait]
impl ConnectionKind for Talkative {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, _: &Settings) -> Vec<Origin> {
        Vec::new()
    }
}

async fn run_to(depth: Depth) -> Run {
    run_of(depth, |id| id != "advisory").await
}

async fn run_of(depth: Depth, chosen: impl Fn(&str) -> bool) -> Run {
    let target = Target {
        settings: Settings::new().into(),
        credential: BTreeMap::from([("password".to_owned(), SecretString::from(SECRET))]).into(),
        environment: Environment::Development,
        egress: Egress::new(EgressPolicy::default(), Resolver::System),
        correlation_id: CorrelationId::mint(),
        keeps_evidence: true,
        memory: Memory::default(),
        so_far: SoFar::default(),
    };
    let deadlines = Deadlines { scenario: Duration::from_secs(5), deep: Duration::from_secs(5), total: Duration::from_secs(5) };
    let mut run = Run::new(Arc::new(Talkative::new()), target, depth, deadlines);
    run.narrow(chosen);
    while run.step().await {}
    run
}

#[tokio::test]
async fn near_a_limit_warns_where_over_it_fails_and_stops_the_rest() {
    let outcomes: Vec<_> = run_to(Depth::Diagnose).await.steps().iter().map(|step| step.outcome).collect();
    assert_eq!(outcomes, [StepOutcome::Warned, StepOutcome::Failed, StepOutcome::Skipped]);
}

#[tokio::test]
async fn what_only_informs_fails_where_nothing_has_got_in() {
    let outcomes = async |chosen: &[&str]| run_of(Depth::Diagnose, |id| chosen.contains(&id)).await.steps().iter().map(|step| step.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(&["near", "advisory"]).await, [StepOutcome::Warned, StepOutcome::Warned]);
    assert_eq!(outcomes(&["advisory"]).await, [StepOutcome::Failed]);
}

#[tokio::test]
async fn evidence_stands_beside_its_scenario_without_secrets_and_cut() {
    let mut run = run_to(Depth::Diagnose).await;
    let kept: Vec<_> = run.artefacts().iter().map(|(scenario, artefact)| (*scenario, artefact.name.as_str())).collect();
    assert_eq!(kept, [("near", "answer"), ("near", "answer-2"), ("over", "answer")]);
    let artefacts = run.take_artefacts();
    assert_eq!(artefacts[0].1.bytes, format!("a {MARK} b").into_bytes());
    assert_eq!(artefacts[1].1.bytes.len(), evidence::MAX_ARTEFACT);
    assert!(artefacts[1].1.bytes.ends_with(b"x[reda"), "a secret at the cut is gone before it is cut");
    assert!(run.artefacts().is_empty());
}

#[tokio::test]
async fn only_diagnostics_keep_evidence() {
    assert!(run_to(Depth::Verify).await.artefacts().is_empty());
}
