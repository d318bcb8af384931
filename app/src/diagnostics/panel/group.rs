//! One connection of a run. Where all is well it is closed, and its results are asked for when it is opened.

use domain::{
    ids::{ProfileId, RunId},
    verification::StepOutcome,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Panel,
    evidence::{Artefact, kept},
    groups::lower,
    moment::{Moment, moment},
};
use crate::{
    diagnostics::path_of,
    ui::{
        icon::{CIRCLE_CHECK, CIRCLE_CROSS, EXCLAMATION, Icon},
        steps::{Line, Row, drawn},
    },
};

/// The results of one connection in a line.
#[derive(Clone, Serialize, Deserialize)]
pub struct GroupView {
    pub connection: ProfileId,
    pub name: String,
    /// The worst.
    pub outcome: StepOutcome,
    pub counts: String,
    pub latency: String,
    /// Absent while it is closed.
    pub detail: Option<GroupDetail>,
}

/// The results of one connection: what failed, then what warned, then what passed.
#[derive(Clone, Serialize, Deserialize)]
pub struct GroupDetail {
    pub results: Vec<ResultView>,
    /// How many were not run, in words.
    pub left_out: Option<String>,
    /// How many passed, in words.
    pub passed: String,
    /// The page of the connection.
    pub path: String,
    pub correlation_id: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct ResultView {
    pub row: Row,
    pub median: Option<String>,
    /// For what fails and was tried before.
    pub last_pass: Option<LastPass>,
    pub evidence: Vec<Artefact>,
}

#[derive(Clone, Serialize, Deserialize)]
pub enum LastPass {
    Never,
    In(RunId, Moment),
}

/// `alone` says that it is all there is to see, so that it is shown in full.
pub fn card(panel: Panel, group: GroupView, alone: bool) -> AnyView {
    let GroupView { connection, name, outcome, counts, latency, detail } = group;
    let (tone, icon) = match outcome {
        StepOutcome::Failed => ("bad", CIRCLE_CROSS),
        StepOutcome::Warned => ("warn", EXCLAMATION),
        StepOutcome::Passed | StepOutcome::Skipped => ("good", CIRCLE_CHECK),
    };
    let key = lower(&name);
    let hidden = move || panel.narrowing.with(|narrowing| !narrowing.fits(&key, outcome));
    let open = detail.is_some();
    let detail = RwSignal::new(detail);
    let inside = move || match detail.get() {
        Some(detail) => results(detail, connection, alone),
        None => view! {
            <p class="foot">
                <a href=format!("{}?connection={connection}", path_of(panel.id))>"Evidence and details"</a>
            </p>
        }
        .into_any(),
    };
    let toggle = move |_: leptos::ev::Event| {
        #[cfg(feature = "hydrate")]
        panel.open_group(connection, detail);
    };
    view! {
        <details class=format!("card group {tone}") open=open hidden=hidden on:toggle=toggle>
            <summary>
                <Icon path=icon/>
                <h2>{name}</h2>
                <span class="counts">{counts}</span>
                <span class="latency">{latency}</span>
            </summary>
            {inside}
        </details>
    }
    .into_any()
}

/// What failed, then the rest; where there are other connections, what passed is closed if anything failed.
fn results(detail: GroupDetail, connection: ProfileId, alone: bool) -> AnyView {
    let GroupDetail { results, left_out, passed: told, path, correlation_id } = detail;
    let (passed, troubled): (Vec<_>, Vec<_>) = results.into_iter().partition(|result| result.row.outcome == StepOutcome::Passed);
    let (fold, nothing_passed) = (!alone && !troubled.is_empty(), passed.is_empty());
    let troubled = troubled.into_iter().map(result).collect_view();
    let passed = passed.into_iter().map(result).collect_view();
    let left_out = left_out.map(|told| drawn(Line::to_come(told, true, "skipped", "Skipped")));
    let steps = if fold && !nothing_passed {
        view! {
            <ol class="steps">{troubled} {left_out}</ol>
            <details class="passed-too">
                <summary>{told}</summary>
                <ol class="steps">{passed}</ol>
            </details>
        }
        .into_any()
    } else {
        view! { <ol class="steps">{troubled} {passed} {left_out}</ol> }.into_any()
    };
    view! {
        {steps}
        <p class="foot">
            <a href=path>"Open the connection"</a>
            <a href=format!("{}?connection={connection}", super::super::LIST)>"Its runs"</a>
            <span class="trace">
                "Correlation ID "
                <code>{correlation_id.clone()}</code>
                " "
                <button type="button" class="button small needs-script" data-copy=correlation_id>
                    "Copy ID"
                </button>
            </span>
        </p>
    }
    .into_any()
}

fn result(result: ResultView) -> AnyView {
    let ResultView { row, median, last_pass, evidence } = result;
    let since = last_pass.map(|last_pass| match last_pass {
        LastPass::Never => view! { <p class="since">"It has not passed before."</p> }.into_any(),
        LastPass::In(run, at) => view! {
            <p class="since">"It last passed " <a href=path_of(run)>{moment(at)}</a> "."</p>
        }
        .into_any(),
    });
    let more = view! {
        {since}
        {kept(evidence)}
    };
    drawn(Line::from(row).against(median).with(more.into_any())).into_any()
}
