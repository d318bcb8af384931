//! One connection of a run. Where all is well it is closed, and short: hundreds of them must fit on a page.

use domain::{
    diagnostic::{Baseline, DiagnosticResult},
    verification::{StepOutcome, is_unused},
};
use leptos::prelude::*;

use super::{
    changes::{before, passed_in},
    groups::{Group, Surroundings},
};
use crate::{
    connections,
    diagnostics::{
        evidence::kept,
        filter::history_of,
        path_of,
        verdict::{counted, plural},
    },
    ui::{
        icon::{CIRCLE_CHECK, CIRCLE_CROSS, EXCLAMATION, Icon},
        latency::milliseconds_told,
        steps::{Line, drawn},
        url::query,
    },
};

/// `alone` says that it is all there is to see, so that it is shown in full.
pub fn card(group: Group, around: &Surroundings, alone: bool) -> AnyView {
    let (tone, icon) = match (group.counts.failed, group.counts.warned) {
        (1.., _) => ("bad", CIRCLE_CROSS),
        (0, 1..) => ("warn", EXCLAMATION),
        _ => ("good", CIRCLE_CHECK),
    };
    let short = group.is_well() && !alone;
    let total: f64 = group.results.iter().map(|result| result.latency_ms).sum();
    let (name, counts) = (group.name.clone(), counted(group.counts));
    let inside = if short { short_list(group, around).into_any() } else { full_list(group, around, alone).into_any() };
    view! {
        <details class=format!("card group {tone}") open=!short>
            <summary>
                <Icon path=icon/>
                <h2>{name}</h2>
                <span class="counts">{counts}</span>
                <span class="latency">{milliseconds_told(total)}</span>
            </summary>
            {inside}
        </details>
    }
    .into_any()
}

fn short_list(group: Group, around: &Surroundings) -> impl IntoView {
    let whole = format!("{}{}", path_of(around.run), query([("connection", group.connection.to_string().as_str())]));
    let lines = group
        .results
        .into_iter()
        .map(|result| {
            let median = median(before(&around.before, &result));
            let latency = if result.outcome == StepOutcome::Skipped { "not used".to_owned() } else { milliseconds_told(result.latency_ms) };
            view! { <li>{result.title} <span>{latency} {median.map(|median| format!(", {median}"))}</span></li> }
        })
        .collect_view();
    view! {
        <ul class="short">{lines}</ul>
        <p class="foot">
            <a href=whole>"Evidence and details"</a>
        </p>
    }
}

/// What failed, then the rest; where there are other connections, what passed is closed.
fn full_list(group: Group, around: &Surroundings, alone: bool) -> impl IntoView {
    let Group { connection, results, correlation_id, .. } = group;
    let is_left_out = |result: &DiagnosticResult| result.outcome == StepOutcome::Skipped && !is_unused(&result.found);
    let skipped = results.iter().filter(|result| is_left_out(result)).count();
    let (passed, mut troubled): (Vec<_>, Vec<_>) =
        results.into_iter().filter(|result| !is_left_out(result)).partition(|result| matches!(result.outcome, StepOutcome::Passed | StepOutcome::Skipped));
    troubled.sort_by_key(|result| result.outcome != StepOutcome::Failed);
    let count = passed.len();
    let troubles = troubled.into_iter().map(|result| step(result, around)).collect_view();
    let passed = passed.into_iter().map(|result| step(result, around)).collect_view();
    let left_out = (skipped > 0).then(|| drawn(Line::to_come(format!("{} not run after that", plural(skipped, "scenario")), true, "skipped", "Skipped")));
    let id = correlation_id.to_string();
    view! {
        {if alone || count == 0 {
            view! { <ol class="steps">{troubles} {passed} {left_out}</ol> }.into_any()
        } else {
            view! {
                <ol class="steps">{troubles} {left_out}</ol>
                <details class="passed-too">
                    <summary>{format!("{} passed", plural(count, "scenario"))}</summary>
                    <ol class="steps">{passed}</ol>
                </details>
            }
                .into_any()
        }}
        <p class="foot">
            <a href=connections::path_of(connection)>"Open the connection"</a>
            <a href=history_of(connection)>"Its runs"</a>
            <span class="trace">
                "Correlation ID "
                <code>{id.clone()}</code>
                " "
                <button type="button" class="button small needs-script" data-copy=id>
                    "Copy ID"
                </button>
            </span>
        </p>
    }
}

fn step(result: DiagnosticResult, around: &Surroundings) -> impl IntoView {
    let baseline = before(&around.before, &result);
    let median = median(baseline);
    let failing = matches!(result.outcome, StepOutcome::Failed | StepOutcome::Warned);
    let since = failing.then(|| baseline.and_then(since)).flatten();
    let artefacts: Vec<_> = result.evidence_ids.iter().filter_map(|id| around.evidence.get(id)).collect();
    let more = view! {
        {since}
        {kept(&artefacts)}
    };
    drawn(Line::from(crate::ui::steps::Row::from(result)).against(median).with(more.into_any()))
}

fn median(baseline: Option<&Baseline>) -> Option<String> {
    baseline?.median_ms.map(|median| format!("median {}", milliseconds_told(median)))
}

/// Since when something fails that was tried before.
fn since(baseline: &Baseline) -> Option<AnyView> {
    baseline.before?;
    let told = match baseline.passed_at.zip(baseline.passed_run) {
        Some(passed) => view! { <p class="since">"It" {passed_in(passed)} "."</p> },
        None => return Some(view! { <p class="since">"It has not passed before."</p> }.into_any()),
    };
    Some(told.into_any())
}
