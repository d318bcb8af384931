//! Runs scenarios of a kind the way the product does: checked settings, one after the other, to the first blocking failure.

use std::{collections::BTreeMap, time::Duration};

use domain::{correlation_id::CorrelationId, environment::Environment, kind::Depth, profile::Settings, settings};
use probes::{
    egress::{Egress, EgressPolicy, Resolver},
    kinds::{Cause, ConnectionKind, Failure, Finding, Memory, SoFar, Target},
};
use secrecy::SecretString;
use serde_json::Value;

/// Long enough for a busy machine; a scenario on a service beside it takes milliseconds.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// A target of `kind`, with the defaults of its fields filled in.
///
/// # Panics
/// The settings are refused.
pub fn target(kind: &dyn ConnectionKind, given: Value, credential: &[(&str, &str)]) -> Target {
    let given: Settings = serde_json::from_value(given).expect("settings are an object");
    let settings = settings::check(&kind.descriptor().fields, &given).unwrap_or_else(|errors| panic!("{}: {errors:?}", kind.descriptor().id));
    assert_eq!(kind.check(&settings), [], "{}", kind.descriptor().id);
    Target {
        settings: settings.into(),
        credential: secrets(credential).into(),
        environment: Environment::Development,
        egress: egress(Resolver::System),
        correlation_id: CorrelationId::mint(),
        keeps_evidence: true,
        memory: Memory::default(),
        so_far: SoFar::default(),
    }
}

pub fn egress(resolver: Resolver) -> Egress {
    Egress::new(EgressPolicy::default(), resolver)
}

/// `base` with the members of `changes` over its own.
///
/// # Panics
/// Either is no object.
pub fn merged(mut base: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("{changes} is no object") };
    base.as_object_mut().expect("an object").extend(changes);
    base
}

/// The port of a URL that has one.
///
/// # Panics
/// It has none.
pub fn port_of(url: &str) -> u16 {
    url::Url::parse(url).ok().and_then(|url| url.port()).unwrap_or_else(|| panic!("{url} has no port"))
}

/// A name that no other test has, safe in SQL.
pub fn unique(what: &str) -> String {
    format!("{what}_{}", CorrelationId::mint().as_str().replace('-', ""))
}

fn secrets(credential: &[(&str, &str)]) -> BTreeMap<String, SecretString> {
    credential.iter().map(|(name, secret)| ((*name).to_owned(), SecretString::from(*secret))).collect()
}

/// One scenario inside `deadline`; the runner turns a late one into the same failure.
pub async fn run_within(deadline: Duration, kind: &dyn ConnectionKind, scenario: &str, target: &Target) -> Result<Finding, Failure> {
    let late = Failure::new(Cause::TimedOut, format!("No answer within {} ms.", deadline.as_millis()));
    tokio::time::timeout(deadline, kind.run(scenario, target)).await.unwrap_or(Err(late))
}

/// What verification would report: every scenario up to the first blocking failure, with what each found.
pub async fn verify(kind: &dyn ConnectionKind, target: &Target) -> Vec<(&'static str, Result<String, Failure>)> {
    run_to(Depth::Verify, kind, target).await.into_iter().map(|(scenario, outcome)| (scenario, outcome.map(|finding| finding.found))).collect()
}

async fn run_to(depth: Depth, kind: &dyn ConnectionKind, target: &Target) -> Vec<(&'static str, Result<Finding, Failure>)> {
    let mut steps = Vec::new();
    for scenario in kind.descriptor().scenarios_to(depth) {
        let outcome = run_within(DEADLINE, kind, scenario.id, target).await;
        let ends = outcome.as_ref().is_err_and(|failure| scenario.blocking && !failure.warns);
        steps.push((scenario.id, outcome));
        if ends {
            break;
        }
    }
    steps
}

/// The scenarios that failed, each with its cause.
pub async fn failures(kind: &dyn ConnectionKind, target: &Target) -> Vec<(&'static str, Cause)> {
    let steps = verify(kind, target).await;
    steps.into_iter().filter_map(|(scenario, outcome)| outcome.err().map(|failure| (scenario, failure.cause))).collect()
}

/// The same at full depth.
pub async fn deep_failures(kind: &dyn ConnectionKind, target: &Target) -> Vec<(&'static str, Cause)> {
    let steps = run_to(Depth::Diagnose, kind, target).await;
    steps.into_iter().filter_map(|(scenario, outcome)| outcome.err().map(|failure| (scenario, failure.cause))).collect()
}

/// Fails the test unless every scenario passes; gives back what each found.
///
/// # Panics
/// A scenario fails.
pub async fn passes(kind: &dyn ConnectionKind, target: &Target) -> BTreeMap<&'static str, String> {
    let steps = verify(kind, target).await;
    steps.into_iter().map(|(scenario, outcome)| (scenario, outcome.unwrap_or_else(|failure| panic!("{scenario}: {failure:?}")))).collect()
}

/// The same at full depth, with the evidence.
///
/// # Panics
/// A scenario fails.
pub async fn deep_passes(kind: &dyn ConnectionKind, target: &Target) -> BTreeMap<&'static str, Finding> {
    let steps = run_to(Depth::Diagnose, kind, target).await;
    steps.into_iter().map(|(scenario, outcome)| (scenario, outcome.unwrap_or_else(|failure| panic!("{scenario}: {failure:?}")))).collect()
}

/// An artefact as text.
///
/// # Panics
/// There is none of that name.
pub fn artefact(finding: &Finding, name: &str) -> String {
    let found = finding.evidence.iter().find(|artefact| artefact.name == name).unwrap_or_else(|| panic!("no {name} in {finding:?}"));
    String::from_utf8_lossy(&found.bytes).into_owned()
}
