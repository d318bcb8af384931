//! The results of a run by connection: first those where something failed, and open only those that a person needs first.

use std::collections::HashMap;

use domain::{
    diagnostic::{Baseline, DiagnosticResult, DiagnosticTestRun, RunCounts},
    evidence::Evidence,
    ids::{EvidenceId, ProfileId, RunId},
    verification::StepOutcome,
};

use super::{
    Part,
    changes::{Before, before},
};
use crate::{
    connections,
    diagnostics::{
        evidence::size,
        panel::{Artefact, GroupDetail, GroupPager, GroupPages, GroupView, LastPass, Moment, ResultView},
        path_of,
        verdict::{counted, plural},
    },
    ui::{latency::milliseconds_told, steps::Row, url::query},
};

/// Connections on one page.
const PER_PAGE: usize = 200;
/// Connections with trouble that are open when the page arrives; beyond, a person opens what they look for.
const OPEN: usize = 20;

/// The results of one connection.
struct Group<'a> {
    name: &'a str,
    counts: RunCounts,
    results: Vec<&'a DiagnosticResult>,
}

impl Group<'_> {
    const fn outcome(&self) -> StepOutcome {
        match (self.counts.failed, self.counts.warned) {
            (1.., _) => StepOutcome::Failed,
            (0, 1..) => StepOutcome::Warned,
            _ => StepOutcome::Passed,
        }
    }

    fn connection(&self) -> Option<ProfileId> {
        self.results.first().map(|result| result.connection_id)
    }
}

/// The connections that the page shows. Where all are on one page, those that a filter leaves out are there, too, but hidden.
pub fn grouped(run: &DiagnosticTestRun, evidence: &[Evidence], before: &Before, part: &Part) -> (Vec<GroupView>, GroupPages) {
    let mut all = by_connection(&run.results);
    if let Some(only) = part.connection {
        all.retain(|group| group.connection() == Some(only));
    } else if all.len() > PER_PAGE {
        all.retain(|group| part.narrowing.fits(&group.name.to_lowercase(), group.outcome()));
    }
    let narrowed_out = part.connection.is_none() && run.connection_ids.len() > PER_PAGE;
    let pages =
        GroupPages { pager: narrowed_out.then(|| pager(run.id, part, all.len())), one_of_many: part.connection.is_some() && run.connection_ids.len() > 1 };
    let skipped = if part.connection.is_some() { 0 } else { usize::try_from(part.page.saturating_sub(1)).unwrap_or_default() * PER_PAGE };
    let alone = all.len() == 1;
    let kept: HashMap<EvidenceId, &Evidence> = evidence.iter().map(|one| (one.id, one)).collect();
    let shown = all.into_iter().skip(skipped).take(PER_PAGE).enumerate();
    let views = shown.filter_map(|(place, group)| view_of(&group, alone || (place < OPEN && group.outcome() != StepOutcome::Passed), &kept, before)).collect();
    (views, pages)
}

fn pager(run: RunId, part: &Part, total: usize) -> GroupPager {
    let page = usize::try_from(part.page.max(1)).unwrap_or(1);
    let (first, last) = ((page - 1) * PER_PAGE + 1, total.min(page * PER_PAGE));
    let href = |page: usize| {
        let page = if page > 1 { page.to_string() } else { String::new() };
        format!("{}{}", path_of(run), query([("q", part.narrowing.q.as_str()), ("outcome", part.narrowing.outcome.as_str()), ("page", page.as_str())]))
    };
    GroupPager {
        told: if total == 0 { "0 of 0".into() } else { format!("{first}–{last} of {total}") },
        previous: (page > 1).then(|| href(page - 1)),
        next: (last < total).then(|| href(page + 1)),
    }
}

/// In the order of the run, but failures first, then warnings.
fn by_connection(results: &[DiagnosticResult]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for result in results {
        if groups.last().is_none_or(|group| group.connection() != Some(result.connection_id)) {
            groups.push(Group { name: &result.connection_name, counts: RunCounts::default(), results: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.counts.add(result.outcome, 1);
            group.results.push(result);
        }
    }
    groups.sort_by_key(|group| (group.counts.failed == 0, group.counts.warned == 0));
    groups
}

fn view_of(group: &Group<'_>, open: bool, kept: &HashMap<EvidenceId, &Evidence>, before: &Before) -> Option<GroupView> {
    Some(GroupView {
        connection: group.connection()?,
        name: group.name.to_owned(),
        outcome: group.outcome(),
        counts: counted(group.counts),
        latency: milliseconds_told(group.results.iter().map(|result| result.latency_ms).sum()),
        detail: if open { detail(&group.results, kept, before) } else { None },
    })
}

/// The results of one connection of a run; nothing where it has none.
pub fn detail_of(run: &DiagnosticTestRun, connection: ProfileId, evidence: &[Evidence], before: &Before) -> Option<GroupDetail> {
    let kept = evidence.iter().map(|one| (one.id, one)).collect();
    let results: Vec<_> = run.results.iter().filter(|result| result.connection_id == connection).collect();
    detail(&results, &kept, before)
}

fn detail(results: &[&DiagnosticResult], kept: &HashMap<EvidenceId, &Evidence>, all: &Before) -> Option<GroupDetail> {
    let first = results.first()?;
    let count = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
    let skipped = count(StepOutcome::Skipped);
    let mut told: Vec<_> = results.iter().filter(|result| result.outcome != StepOutcome::Skipped).collect();
    told.sort_by_key(|result| match result.outcome {
        StepOutcome::Failed => 0,
        StepOutcome::Warned => 1,
        StepOutcome::Passed | StepOutcome::Skipped => 2,
    });
    Some(GroupDetail {
        results: told.into_iter().map(|result| result_of(result, kept, before(all, result))).collect(),
        left_out: (skipped > 0).then(|| format!("{} not run after that", plural(skipped, "scenario"))),
        passed: format!("{} passed", plural(count(StepOutcome::Passed), "scenario")),
        path: connections::path_of(first.connection_id),
        correlation_id: first.correlation_id.to_string(),
    })
}

fn result_of(result: &DiagnosticResult, kept: &HashMap<EvidenceId, &Evidence>, baseline: Option<&Baseline>) -> ResultView {
    let failing = matches!(result.outcome, StepOutcome::Failed | StepOutcome::Warned);
    let artefact = |one: &&Evidence| Artefact { id: one.id, run: one.run_id, name: one.name.clone(), size: size(one.bytes) };
    ResultView {
        row: Row::from(result.clone()),
        median: baseline.and_then(|baseline| baseline.median_ms).map(|median| format!("median {}", milliseconds_told(median))),
        last_pass: baseline.filter(|_| failing).and_then(last_pass),
        evidence: result.evidence_ids.iter().filter_map(|id| kept.get(id)).map(artefact).collect(),
    }
}

/// Since when something fails that was tried before.
fn last_pass(baseline: &Baseline) -> Option<LastPass> {
    baseline.before?;
    Some(baseline.passed_run.zip(baseline.passed_at).map_or(LastPass::Never, |(run, at)| LastPass::In(run, Moment::at(at))))
}
