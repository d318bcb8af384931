//! A run against the time before each of its scenarios, or against one earlier run: what fails now, what is well again, what became slow.

use domain::{diagnostic::DiagnosticResult, ids::RunId, run_page::RunLine, time::Timestamp, verification::StepOutcome};

use super::data::RunData;
use crate::{
    diagnostics::{path_of, verdict::plural},
    ui::{
        icon::{CHECK, CROSS, DASH, Icon, PULSE},
        latency::milliseconds_told,
    },
};

/// Changes of one sort that are named; the rest are counted.
const NAMED: usize = 5;
/// Slow is what takes twice its measure, and longer than this beyond it, in milliseconds: below, a busy machine looks like a slow service.
const NOTICED: f64 = 50.0;

/// What a scenario was like before.
struct Before<'a> {
    outcome: Option<StepOutcome>,
    measure: Option<f64>,
    /// When it last passed, and in which run.
    passed: Option<(Timestamp, RunId)>,
    /// What the measure is.
    word: &'a str,
}

/// What a run is compared with, and what came of it.
#[derive(Default)]
pub struct Compared {
    pub with: String,
    /// When that was, where it is one run.
    pub at: Option<Timestamp>,
    /// Said where nothing changed.
    pub unchanged: String,
    pub lines: Vec<RunLine>,
}

pub fn compare(data: &RunData) -> Compared {
    let (mut fails_now, mut still, mut passes_again, mut slower) = (Vec::new(), 0, Vec::new(), Vec::new());
    let mut is_known = false;
    for result in &data.run.results {
        let Some(before) = data.before_of(result) else { continue };
        is_known |= before.outcome.is_some();
        let change = || RunLine { class: "item".to_owned(), title: format!("{}: {}", result.connection_name, result.title), ..RunLine::default() };
        let since = |line: RunLine| match before.passed {
            Some((at, run)) => passed_last(line, "last passed", at, run),
            None => line,
        };
        match (is_trouble(result.outcome), before.outcome.map(is_trouble)) {
            (true, Some(true)) => still += 1,
            (true, Some(false)) => fails_now.push(since(change())),
            (false, Some(true)) if result.outcome == StepOutcome::Passed => passes_again.push(since(change())),
            _ => {}
        }
        let is_slower = |measure: &f64| result.outcome == StepOutcome::Passed && result.latency_ms > (2.0 * measure).max(measure + NOTICED);
        if let Some(measure) = before.measure.filter(is_slower) {
            let found = format!("{}, {} {}", milliseconds_told(result.latency_ms), before.word, milliseconds_told(measure));
            slower.push(RunLine { found, ..change() });
        }
    }
    let is_same = fails_now.is_empty() && passes_again.is_empty() && slower.is_empty();
    let at = data.against.as_ref().map(|against| against.run.requested_at);
    let (with, unknown) = match at {
        None => ("Since the last run", "None of these scenarios was tried before, so there is nothing to compare with."),
        Some(_) => ("Since the run ", "These two runs have no scenario in common."),
    };
    let unchanged = match (is_known, is_same, still) {
        (false, ..) => unknown,
        (true, true, 0) => "Nothing changed: as each scenario was then, so it is now.",
        (true, true, _) => "Nothing changed.",
        _ => "",
    };
    let does = if still == 1 { "does" } else { "do" };
    let still_fails = (still > 0).then(|| head("bad", DASH, format!("{} {does} not pass, as before", plural(still, "scenario"))));
    let mut lines = listed("bad", CROSS, "Fails now", fails_now);
    lines.extend(still_fails);
    lines.extend(listed("good", CHECK, "Passes again", passes_again));
    lines.extend(listed("warn", PULSE, "Takes more than twice as long", slower));
    Compared { with: with.to_owned(), at, unchanged: unchanged.to_owned(), lines }
}

impl RunData {
    fn before_of(&self, result: &DiagnosticResult) -> Option<Before<'static>> {
        if let Some(against) = &self.against {
            let then = against.results.of(result)?;
            let has_passed = then.outcome == StepOutcome::Passed;
            let passed = has_passed.then_some((then.finished_at, against.run.id));
            return Some(Before { outcome: Some(then.outcome), measure: has_passed.then_some(then.latency_ms), passed, word: "then" });
        }
        let baseline = self.before.of(result)?;
        Some(Before { outcome: baseline.before, measure: baseline.median_ms, passed: baseline.passed_at.zip(baseline.passed_run), word: "median" })
    }
}

pub const fn is_trouble(outcome: StepOutcome) -> bool {
    matches!(outcome, StepOutcome::Failed | StepOutcome::Warned)
}

/// Adds when it last passed, with the way to that run.
pub fn passed_last(line: RunLine, since: &str, at: Timestamp, run: RunId) -> RunLine {
    RunLine { since: since.to_owned(), passed_address: path_of(run), passed_at: at.to_string(), ..line }
}

fn head(tone: &str, icon: Icon, title: String) -> RunLine {
    RunLine { class: format!("head {tone}"), icon: icon.to_owned(), title, ..RunLine::default() }
}

fn listed(tone: &str, icon: Icon, title: &str, changes: Vec<RunLine>) -> Vec<RunLine> {
    if changes.is_empty() {
        return changes;
    }
    let (count, more) = (changes.len(), changes.len().saturating_sub(NAMED));
    let mut lines = vec![head(tone, icon, format!("{title}: {count}"))];
    lines.extend(changes.into_iter().take(NAMED));
    if more > 0 {
        lines.push(RunLine { class: "item".to_owned(), found: format!("and {more} more"), ..RunLine::default() });
    }
    lines
}
