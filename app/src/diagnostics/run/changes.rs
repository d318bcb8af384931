//! A run against what was before: what fails now, what is well again, what became slow.

use std::collections::HashMap;

use domain::{
    diagnostic::{Baseline, DiagnosticResult},
    ids::{ProfileId, RunId},
    time::Timestamp,
    verification::StepOutcome,
};
use leptos::prelude::*;

use crate::{
    diagnostics::{path_of, verdict::plural},
    ui::{
        icon::{CHECK, CROSS, DASH, Icon, PULSE},
        latency::milliseconds_told,
        time::Time,
    },
};

/// Changes of one sort that are named; the rest are counted.
const NAMED: usize = 5;
/// Slow is what takes twice its median, and longer than this beyond it, in milliseconds: below, a busy machine looks like a slow service.
const NOTICED: f64 = 50.0;

/// Baselines by connection and scenario.
pub type Before = HashMap<(ProfileId, String), Baseline>;

pub fn by_scenario(baselines: Vec<Baseline>) -> Before {
    baselines.into_iter().map(|baseline| ((baseline.connection_id, baseline.scenario.clone()), baseline)).collect()
}

pub fn before<'a>(all: &'a Before, result: &DiagnosticResult) -> Option<&'a Baseline> {
    all.get(&(result.connection_id, result.scenario.clone()))
}

/// One line of the comparison.
struct Change {
    what: String,
    /// When it last passed, and in which run.
    passed: Option<(Timestamp, RunId)>,
    latency: Option<(f64, f64)>,
}

#[component]
pub fn Changes(results: Vec<DiagnosticResult>, baselines: Vec<Baseline>) -> impl IntoView {
    let known = baselines.iter().any(|baseline| baseline.before.is_some());
    let all = by_scenario(baselines);
    let (mut broken, mut still, mut well, mut slow) = (Vec::new(), 0, Vec::new(), Vec::new());
    for result in &results {
        let Some(baseline) = before(&all, result) else { continue };
        let change =
            |latency| Change { what: format!("{}: {}", result.connection_name, result.title), passed: baseline.passed_at.zip(baseline.passed_run), latency };
        let fails = |outcome| matches!(outcome, StepOutcome::Failed | StepOutcome::Warned);
        match (fails(result.outcome), baseline.before.map(fails)) {
            (true, Some(true)) => still += 1,
            (true, Some(false)) => broken.push(change(None)),
            (false, Some(true)) if result.outcome == StepOutcome::Passed => well.push(change(None)),
            _ => {}
        }
        let slower = baseline.median_ms.filter(|median| result.outcome == StepOutcome::Passed && result.latency_ms > (2.0 * median).max(median + NOTICED));
        slow.extend(slower.map(|median| change(Some((result.latency_ms, median)))));
    }
    let same = broken.is_empty() && well.is_empty() && slow.is_empty();
    let quiet = match (known, same, still) {
        (false, ..) => Some("These connections were not diagnosed before, so there is nothing to compare with.".to_owned()),
        (true, true, 0) => Some("Nothing changed: as each scenario was the time before, so it is now.".to_owned()),
        (true, true, _) => Some("Nothing changed.".to_owned()),
        _ => None,
    };
    view! {
        <section class="card" aria-labelledby="changes">
            <header>
                <h2 id="changes">"Since the last run"</h2>
            </header>
            <div class="body changes">
                {quiet.map(|text| view! { <p class="quiet">{text}</p> })}
                {listed("bad", CROSS, "Fails now", broken)}
                {(still > 0).then(|| view! { <h3 class="bad"><Icon path=DASH/> {format!("{} not pass, as before", plural_do(still))}</h3> })}
                {listed("good", CHECK, "Passes again", well)}
                {listed("warn", PULSE, "Slower than twice its median", slow)}
            </div>
        </section>
    }
}

fn plural_do(count: usize) -> String {
    format!("{} {}", plural(count, "scenario"), if count == 1 { "does" } else { "do" })
}

fn listed(tone: &'static str, icon: Icon, title: &'static str, changes: Vec<Change>) -> impl IntoView {
    let more = changes.len().saturating_sub(NAMED);
    let heading = (!changes.is_empty()).then(|| view! { <h3 class=tone><Icon path=icon/> {format!("{title}: {}", changes.len())}</h3> });
    let lines = changes.into_iter().take(NAMED).map(line).collect_view();
    view! {
        {heading}
        <ul>
            {lines} {(more > 0).then(|| view! { <li class="quiet">{format!("and {more} more")}</li> })}
        </ul>
    }
}

fn line(Change { what, passed, latency }: Change) -> impl IntoView {
    let latency = latency.map(|(now, median)| format!(" {}, median {}", milliseconds_told(now), milliseconds_told(median)));
    let passed = passed.filter(|_| latency.is_none()).map(passed_in);
    view! {
        <li>
            {what}
            <span class="quiet">{latency} {passed}</span>
        </li>
    }
}

/// When something last passed, with the way to that run.
pub fn passed_in((at, run): (Timestamp, RunId)) -> impl IntoView {
    view! {
        " last passed "
        <a href=path_of(run)>
            <Time at=at/>
        </a>
    }
}
