//! A run against the time before each of its scenarios, or against one earlier run.

use std::collections::HashMap;

use domain::{
    diagnostic::{Baseline, DiagnosticResult, DiagnosticTestRun},
    ids::ProfileId,
    verification::StepOutcome,
};

use crate::{
    diagnostics::{
        panel::{Change, ChangeList, ChangeSort, ChangesView, Moment},
        verdict::plural,
    },
    ui::latency::milliseconds_told,
};

/// Changes of one sort that are named; the rest are counted.
const NAMED: usize = 5;
/// Slow is what takes twice its measure, and longer than this beyond it, in milliseconds: below, a busy machine looks like a slow service.
const NOTICED: f64 = 50.0;

/// Baselines by connection and scenario.
pub type Before = HashMap<(ProfileId, String), Baseline>;

pub fn by_scenario(baselines: Vec<Baseline>) -> Before {
    baselines.into_iter().map(|baseline| ((baseline.connection_id, baseline.scenario.clone()), baseline)).collect()
}

pub fn before<'a>(all: &'a Before, result: &DiagnosticResult) -> Option<&'a Baseline> {
    all.get(&(result.connection_id, result.scenario.clone()))
}

/// Against the time before each.
pub fn since_each(results: &[DiagnosticResult], all: &Before) -> ChangesView {
    let mut found = Found::new("median");
    for result in results {
        let Some(baseline) = before(all, result) else { continue };
        let passed = baseline.passed_run.zip(baseline.passed_at).map(|(run, at)| (run, Moment::at(at)));
        found.take(result, baseline.before, baseline.median_ms, passed);
    }
    found.told("These connections were not diagnosed before, so there is nothing to compare with.", "as each scenario was the time before, so it is now")
}

/// Against one run.
pub fn compared(run: &DiagnosticTestRun, with: &DiagnosticTestRun) -> ChangesView {
    let then: HashMap<_, _> = with.results.iter().map(|result| ((result.connection_id, result.scenario.as_str()), result)).collect();
    let mut found = Found::new("then");
    for result in &run.results {
        let Some(then) = then.get(&(result.connection_id, result.scenario.as_str())) else { continue };
        let passed = then.outcome == StepOutcome::Passed;
        found.take(result, Some(then.outcome), passed.then_some(then.latency_ms), passed.then(|| (with.id, Moment::at(then.finished_at))));
    }
    found.told("These two runs have no scenario in common.", "as each scenario was then, so it is now")
}

/// What is found while results are compared one by one.
struct Found {
    known: bool,
    /// What a latency is compared to.
    measure: &'static str,
    still: usize,
    fails_now: Vec<Change>,
    passes_again: Vec<Change>,
    slower: Vec<Change>,
}

impl Found {
    const fn new(measure: &'static str) -> Self {
        Self { known: false, measure, still: 0, fails_now: Vec::new(), passes_again: Vec::new(), slower: Vec::new() }
    }

    fn take(&mut self, result: &DiagnosticResult, before: Option<StepOutcome>, measure: Option<f64>, passed: Option<(domain::ids::RunId, Moment)>) {
        self.known |= before.is_some();
        let change = |told: String, passed| Change { what: format!("{}: {}", result.connection_name, result.title), told, passed };
        let fails = |outcome| matches!(outcome, StepOutcome::Failed | StepOutcome::Warned);
        match (fails(result.outcome), before.map(fails)) {
            (true, Some(true)) => self.still += 1,
            (true, Some(false)) => self.fails_now.push(change(String::new(), passed)),
            (false, Some(true)) if result.outcome == StepOutcome::Passed => self.passes_again.push(change(String::new(), passed)),
            _ => {}
        }
        let slower = measure.filter(|measure| result.outcome == StepOutcome::Passed && result.latency_ms > (2.0 * measure).max(measure + NOTICED));
        if let Some(measure) = slower {
            let told = format!(" {}, {} {}", milliseconds_told(result.latency_ms), self.measure, milliseconds_told(measure));
            self.slower.push(change(told, None));
        }
    }

    fn told(self, unknown: &str, same: &str) -> ChangesView {
        let unchanged = self.fails_now.is_empty() && self.passes_again.is_empty() && self.slower.is_empty();
        let quiet = match (self.known, unchanged, self.still) {
            (false, ..) => Some(unknown.to_owned()),
            (true, true, 0) => Some(format!("Nothing changed: {same}.")),
            (true, true, _) => Some("Nothing changed.".to_owned()),
            _ => None,
        };
        let still = (self.still > 0).then(|| {
            let do_not = if self.still == 1 { "does not" } else { "do not" };
            let heading = format!("{} {do_not} pass, as before", plural(self.still, "scenario"));
            ChangeList { sort: ChangeSort::StillFails, heading, changes: Vec::new(), more: None }
        });
        let slower = if self.measure == "median" { "Slower than twice its median" } else { "Takes more than twice as long" };
        let lists = [
            listed(ChangeSort::FailsNow, "Fails now", self.fails_now),
            still,
            listed(ChangeSort::PassesAgain, "Passes again", self.passes_again),
            listed(ChangeSort::Slower, slower, self.slower),
        ];
        ChangesView { quiet, lists: lists.into_iter().flatten().collect() }
    }
}

fn listed(sort: ChangeSort, title: &str, mut changes: Vec<Change>) -> Option<ChangeList> {
    let (count, more) = (changes.len(), changes.len().saturating_sub(NAMED));
    changes.truncate(NAMED);
    (count > 0).then(|| ChangeList { sort, heading: format!("{title}: {count}"), changes, more: (more > 0).then(|| format!("and {more} more")) })
}
