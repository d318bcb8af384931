//! What a kind of service is: its words, its fields, and its scenarios with the functions that try them.

use futures_util::future::BoxFuture;

use super::{Cause, Failure, Finding, Target};
use domain::kind::{Depth, Field, KindDescriptor, Scenario};

/// What a scenario found, once it is there.
type Outcome<'a> = BoxFuture<'a, Result<Finding, Failure>>;

/// A scenario together with the function that tries it: neither can be there without the other.
pub struct Probe {
    scenario: Scenario,
    run: Box<dyn Fn(&Target) -> Outcome<'_> + Send + Sync>,
}

impl Probe {
    /// One whose failure refuses activation.
    pub fn blocking<F>(id: &'static str, title: &'static str, depth: Depth, run: F) -> Self
    where
        F: Fn(&Target) -> Outcome<'_> + Send + Sync + 'static,
    {
        Self { scenario: Scenario::blocking(id, title, depth), run: Box::new(run) }
    }

    /// One whose failure warns.
    pub fn advisory<F>(id: &'static str, title: &'static str, depth: Depth, run: F) -> Self
    where
        F: Fn(&Target) -> Outcome<'_> + Send + Sync + 'static,
    {
        Self { scenario: Scenario::advisory(id, title, depth), run: Box::new(run) }
    }

    /// It takes the numbers of these signals.
    #[must_use]
    pub fn measures(mut self, signals: &'static [&'static str]) -> Self {
        self.scenario.measures = signals;
        self
    }
}

/// All that is fixed of a kind.
pub struct KindDefinition {
    descriptor: KindDescriptor,
    probes: Vec<Probe>,
}

impl KindDefinition {
    /// `summary` is one line under the title where a person chooses a kind; `probes` run in their order.
    pub fn new(id: &'static str, title: &'static str, summary: &'static str, fields: Vec<Field>, probes: Vec<Probe>) -> Self {
        let scenarios = probes.iter().map(|probe| probe.scenario).collect();
        Self { descriptor: KindDescriptor { id, title, summary, fields, scenarios }, probes }
    }

    pub fn descriptor(&self) -> &KindDescriptor {
        &self.descriptor
    }

    /// Tries the scenario with this id.
    ///
    /// # Errors
    /// As the probe; and for a scenario of another kind, which only a mistake in the caller asks for.
    pub async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        match self.probes.iter().find(|probe| probe.scenario.id == scenario) {
            Some(probe) => (probe.run)(target).await,
            None => Err(Failure::new(Cause::ConfigurationInvalid, format!("This kind has no scenario {scenario}."))),
        }
    }
}
