//! The results of a run by connection: first those where something failed.

use std::collections::HashMap;

use domain::{
    correlation::CorrelationId,
    diagnostic::{Baseline, DiagnosticResult, DiagnosticTestRun, RunCounts},
    evidence::Evidence,
    ids::{EvidenceId, ProfileId, RunId},
};
use leptos::prelude::*;

use super::{
    Part,
    changes::{Before, by_scenario},
    group::card,
};
use crate::{
    diagnostics::path_of,
    ui::{empty::Empty, icon::CHECKLIST, pager::Pager, url::query},
};

/// Connections on one page.
const PER_PAGE: u32 = 200;

/// The results of one connection.
pub struct Group {
    pub connection: ProfileId,
    pub name: String,
    pub correlation_id: CorrelationId,
    pub counts: RunCounts,
    pub results: Vec<DiagnosticResult>,
}

impl Group {
    fn of(first: &DiagnosticResult) -> Self {
        Self {
            connection: first.connection_id,
            name: first.connection_name.clone(),
            correlation_id: first.correlation_id.clone(),
            counts: RunCounts::default(),
            results: Vec::new(),
        }
    }

    pub const fn is_well(&self) -> bool {
        self.counts.failed == 0 && self.counts.warned == 0
    }
}

/// What is drawn beside the results.
pub struct Surroundings {
    pub run: RunId,
    pub evidence: HashMap<EvidenceId, Evidence>,
    pub before: Before,
}

#[component]
pub fn Groups(run: DiagnosticTestRun, evidence: Vec<Evidence>, baselines: Vec<Baseline>, part: Part) -> impl IntoView {
    let all = grouped(run.results);
    let total = all.len();
    let around = Surroundings { run: run.id, evidence: evidence.into_iter().map(|one| (one.id, one)).collect(), before: by_scenario(baselines) };
    let first = usize::try_from(part.page.saturating_sub(1)).unwrap_or_default() * PER_PAGE as usize;
    let shown: Vec<_> = match part.connection {
        Some(id) => all.into_iter().filter(|group| group.connection == id).collect(),
        None => all.into_iter().skip(first).take(PER_PAGE as usize).collect(),
    };
    let alone = shown.len() == 1;
    let cards = shown.into_iter().map(|group| card(group, &around, alone)).collect_view();
    let id = run.id;
    let paged = part.connection.is_none() && total > PER_PAGE as usize;
    view! {
        {part.connection.map(|_| view! { <p><a href=path_of(id)>"All connections of this run"</a></p> })}
        {(total == 0).then(|| view! { <div class="card"><Empty icon=CHECKLIST title="No results" text="The run ended before its first scenario did."/></div> })}
        <div class="groups">{cards}</div>
        {paged
            .then(|| {
                view! {
                    <div class="card">
                        <Pager page=part.page per_page=PER_PAGE total=i64::try_from(total).unwrap_or(i64::MAX) href=move |page| page_of(id, page)/>
                    </div>
                }
            })}
    }
}

fn page_of(run: RunId, page: u32) -> String {
    let page = if page > 1 { page.to_string() } else { String::new() };
    format!("{}{}", path_of(run), query([("page", page.as_str())]))
}

/// In the order of the run, but failures first, then warnings.
fn grouped(results: Vec<DiagnosticResult>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for result in results {
        if groups.last().is_none_or(|group| group.connection != result.connection_id) {
            groups.push(Group::of(&result));
        }
        if let Some(group) = groups.last_mut() {
            group.counts.add(result.outcome, 1);
            group.results.push(result);
        }
    }
    groups.sort_by_key(|group| (group.counts.failed == 0, group.is_well()));
    groups
}
