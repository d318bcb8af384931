//! What the page of a run is made of.

use std::collections::HashMap;

use domain::{
    diagnostic::{Baseline, DiagnosticResult, DiagnosticTestRun},
    evidence::Evidence,
    ids::{EvidenceId, ProfileId},
    runbook::KeptRunbook,
};

use crate::diagnostics::evidence::text::shown;

/// Bytes of an artefact that are shown in place; its page shows the rest.
const SHOWN_IN_PLACE: usize = 64 << 10;

/// A run, and what is beside it.
pub struct RunData {
    pub run: DiagnosticTestRun,
    pub evidence: HashMap<EvidenceId, Evidence>,
    pub before: ByScenario<Baseline>,
    /// The run it is compared with.
    pub against: Option<Against>,
    /// The artefacts that are shown.
    pub texts: Vec<(EvidenceId, ArtefactText)>,
    /// The best for what failed, by connection and scenario.
    pub runbooks: HashMap<(ProfileId, String), KeptRunbook>,
    pub may_act: bool,
    /// Whether what is under a correlation ID may be read.
    pub may_trace: bool,
}

/// An artefact as text that does nothing.
pub struct ArtefactText {
    pub text: String,
    /// Whether it is the beginning only.
    pub is_cut: bool,
}

/// Something of each connection and scenario.
pub struct ByScenario<T>(HashMap<(ProfileId, String), T>);

impl<T> ByScenario<T> {
    pub fn of(&self, result: &DiagnosticResult) -> Option<&T> {
        self.0.get(&(result.connection_id, result.scenario.clone()))
    }
}

impl FromIterator<Baseline> for ByScenario<Baseline> {
    fn from_iter<I: IntoIterator<Item = Baseline>>(baselines: I) -> Self {
        Self(baselines.into_iter().map(|baseline| ((baseline.connection_id, baseline.scenario.clone()), baseline)).collect())
    }
}

/// An earlier run to compare with.
pub struct Against {
    /// Without its results.
    pub run: DiagnosticTestRun,
    pub results: ByScenario<DiagnosticResult>,
}

impl From<DiagnosticTestRun> for Against {
    fn from(mut run: DiagnosticTestRun) -> Self {
        let results = std::mem::take(&mut run.results);
        Self { run, results: ByScenario(results.into_iter().map(|result| ((result.connection_id, result.scenario.clone()), result)).collect()) }
    }
}

impl ArtefactText {
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = shown(bytes);
        let is_cut = text.len() > SHOWN_IN_PLACE;
        text.truncate(text.floor_char_boundary(SHOWN_IN_PLACE));
        Self { text, is_cut }
    }
}
