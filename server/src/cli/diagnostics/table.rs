//! A run as text: a line a scenario, and the verdict. Colour only says again what a word says.

use std::iter;

use domain::{
    diagnostic::{DiagnosticResult, DiagnosticTestRun, Verdict},
    verification::StepOutcome,
};

use crate::cli::output::columns;

const HEAD: [&str; 5] = ["OUTCOME", "CONNECTION", "SCENARIO", "MS", "FOUND"];

/// The table, its verdict last. With `colour`, the outcomes and the verdict are coloured for a terminal.
pub fn of(run: &DiagnosticTestRun, colour: bool) -> String {
    let rows: Vec<_> = run.results.iter().map(row).collect();
    let table = columns(HEAD, &rows);
    let mut lines = table.lines().map(str::to_owned);
    let head = lines.next().unwrap_or_default();
    let painted = lines.zip(&run.results).map(|(line, result)| {
        let word = shown(result);
        match line.strip_prefix(word) {
            Some(rest) if colour => format!("{}{rest}", paint(word, colour_of(result))),
            _ => line,
        }
    });
    let counts = run.counts;
    let verdict = if run.verdict == Some(Verdict::Pass) { "PASS" } else { "BLOCK" };
    let shown = if colour { paint(verdict, if verdict == "PASS" { 32 } else { 31 }) } else { verdict.to_owned() };
    let last = format!("{shown}  {} passed, {} warned, {} failed, {} skipped; run {}", counts.passed, counts.warned, counts.failed, counts.skipped, run.id);
    iter::once(head).chain(painted).chain([String::new(), last]).collect::<Vec<_>>().join("\n")
}

fn row(result: &DiagnosticResult) -> [String; 5] {
    let latency = format!("{:.1}", result.latency_ms);
    [shown(result).to_owned(), result.connection_name.clone(), result.title.clone(), latency, result.found.clone()]
}

const fn shown(result: &DiagnosticResult) -> &'static str {
    match result.outcome {
        StepOutcome::Passed => "passed",
        StepOutcome::Warned => "warned",
        StepOutcome::Failed => "FAILED",
        StepOutcome::Skipped => "skipped",
    }
}

const fn colour_of(result: &DiagnosticResult) -> u8 {
    match result.outcome {
        StepOutcome::Passed => 32,
        StepOutcome::Warned => 33,
        StepOutcome::Failed => 31,
        StepOutcome::Skipped => 90,
    }
}

fn paint(word: &str, colour: u8) -> String {
    format!("\u{1b}[{colour}m{word}\u{1b}[0m")
}
