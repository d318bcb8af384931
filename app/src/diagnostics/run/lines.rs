//! The results of a run as lines, by connection: first those where something failed. Where all is well a connection is one line,
//! because hundreds of them must fit.

use domain::{
    diagnostic::{DiagnosticResult, RunCounts},
    folding::fold,
    ids::ProfileId,
    run_page::{LINES, RunLine, RunPageQuery, RunWords},
    verification::{NOT_TRIED, StepOutcome, is_unused},
};

use super::{
    changes::{is_trouble, passed_last},
    data::RunData,
};
use crate::{
    connections,
    diagnostics::{
        address_of_query,
        evidence::size,
        filter::history_of,
        path_of,
        verdict::{counted, plural},
    },
    errors, runbooks,
    ui::{
        icon::{BOOK, CIRCLE_CHECK, CIRCLE_CROSS, CIRCLE_DASHED, EXCLAMATION, FILE},
        latency::{latency_of, milliseconds_told},
        steps,
    },
};

/// While a run of several connections goes on: what failed, then the newest.
pub fn newest_lines(data: &RunData) -> Vec<RunLine> {
    data.run.results.iter().map(|result| RunLine { of: result.connection_name.clone(), ..outcome_line(result) }).collect()
}

/// By connection, those of the page that is asked for; says which that is.
pub fn lines(data: &RunData, asked: &RunPageQuery, words: &mut RunWords) -> Vec<RunLine> {
    let address = |asked: &RunPageQuery| address_of_query(data.run.id, asked);
    if asked.is_filtered() {
        words.announced = plural(groups(&data.run.results, asked).iter().map(|group| group.results.len()).sum(), "result");
        words.clear = address(&RunPageQuery { q: None, outcome: None, page: None, ..asked.clone() });
    }
    let pages_of = |asked: &RunPageQuery| {
        let groups = groups(&data.run.results, asked);
        pages(groups.into_iter().map(|group| group.lines(data, asked, &address)).collect())
    };
    let mut pages = pages_of(asked);
    let (count, index) = (pages.len(), page_index(&pages, asked));
    let at_page = |index: usize| RunPageQuery { page: u32::try_from(index + 1).ok(), ..asked.clone() };
    if asked.page.is_none() && index > 0 {
        // What is folded again stays on its page.
        pages = pages_of(&at_page(index));
    }
    if count > 1 {
        let at = |index: usize| address(&at_page(index));
        words.page = format!("Page {} of {count}", index + 1);
        words.previous = index.checked_sub(1).map(at).unwrap_or_default();
        words.next = Some(index + 1).filter(|next| *next < count).map(at).unwrap_or_default();
    }
    if index < count { pages.swap_remove(index) } else { Vec::new() }
}

/// The page that is asked for, or the one with what is unfolded.
fn page_index(pages: &[Vec<RunLine>], asked: &RunPageQuery) -> usize {
    let last = pages.len().saturating_sub(1);
    if let Some(page) = asked.page {
        return (page as usize).saturating_sub(1).min(last);
    }
    let unfolded = asked.evidence.map(|id| id.to_string()).or_else(|| asked.open.map(|id| id.to_string()));
    let has = |page: &Vec<RunLine>| page.iter().any(|line| Some(&line.key) == unfolded.as_ref());
    pages.iter().position(has).unwrap_or_default()
}

/// Where a page begins amid the lines of a connection, it says which.
fn pages(groups: Vec<Vec<RunLine>>) -> Vec<Vec<RunLine>> {
    let mut pages: Vec<Vec<RunLine>> = Vec::new();
    for group in groups {
        let head = group.first().cloned();
        for (index, line) in group.into_iter().enumerate() {
            if pages.last().is_none_or(|page| page.len() == LINES) {
                pages.push(head.clone().filter(|_| index > 0).into_iter().collect());
            }
            if let Some(page) = pages.last_mut() {
                page.push(line);
            }
        }
    }
    pages
}

/// The results of one connection that fit the filter.
struct Group<'a> {
    connection: ProfileId,
    name: &'a str,
    /// Of all that was tried there, whatever is asked for.
    all: RunCounts,
    /// Of `results`.
    counts: RunCounts,
    results: Vec<&'a DiagnosticResult>,
}

impl Group<'_> {
    const fn is_well(&self) -> bool {
        self.all.failed == 0 && self.all.warned == 0
    }

    fn lines(mut self, data: &RunData, asked: &RunPageQuery, address: &dyn Fn(&RunPageQuery) -> String) -> Vec<RunLine> {
        let is_open = data.run.is_of_one_connection() || asked.open == Some(self.connection);
        let mut lines = vec![self.head(data, asked, is_open, address)];
        let tried = self.results.len();
        self.results.retain(|result| asked.is_filtered() || !is_left_out(result));
        let left_out = tried - self.results.len();
        if !is_open && !asked.is_filtered() {
            self.results.retain(|result| is_trouble(result.outcome));
        }
        for result in self.results {
            lines.extend(result_lines(data, result, asked, address));
        }
        if left_out > 0 {
            lines.push(RunLine {
                class: "skipped".to_owned(),
                title: format!("{} not run after that", plural(left_out, "scenario")),
                word: "Skipped".to_owned(),
                ..RunLine::default()
            });
        }
        lines
    }

    fn head(&self, data: &RunData, asked: &RunPageQuery, is_open: bool, address: &dyn Fn(&RunPageQuery) -> String) -> RunLine {
        let (tone, icon) = match (self.all.failed, self.all.warned) {
            (1.., _) => ("bad", CIRCLE_CROSS),
            (0, 1..) => ("warn", EXCLAMATION),
            _ if !data.run.status.is_finished() => ("idle", CIRCLE_DASHED),
            _ => ("good", CIRCLE_CHECK),
        };
        let total = self.results.iter().map(|result| result.latency_ms).sum();
        let line = RunLine {
            key: self.connection.to_string(),
            class: format!("of-connection {tone}"),
            icon: icon.to_owned(),
            word: counted(self.counts),
            latency: milliseconds_told(total),
            ..RunLine::default()
        };
        let name = self.name.to_owned();
        let line = if data.run.is_of_one_connection() {
            RunLine { title: name, ..line }
        } else {
            let other =
                RunPageQuery { open: Some(self.connection).filter(|_| !is_open), evidence: None, page: asked.page.filter(|_| is_open), ..asked.clone() };
            RunLine { link: name, address: address(&other), expanded: is_open.to_string(), ..line }
        };
        match self.results.first().filter(|_| is_open) {
            Some(result) => RunLine {
                connection: connections::path_of(self.connection),
                runs: history_of(self.connection),
                correlation_id: result.correlation_id.to_string(),
                thread: if data.may_trace { errors::path_of(&result.correlation_id) } else { String::new() },
                ..line
            },
            None => line,
        }
    }
}

/// In the order of the run, but those where something failed first, then those with a warning.
fn groups<'a>(results: &'a [DiagnosticResult], asked: &RunPageQuery) -> Vec<Group<'a>> {
    let q = asked.q.as_deref().map(fold);
    let is_found = |text: &str| q.as_ref().is_none_or(|q| fold(text).contains(q));
    let fits = |result: &DiagnosticResult| {
        asked.outcome.is_none_or(|outcome| result.outcome == outcome) && (is_found(&result.connection_name) || is_found(&result.title))
    };
    let mut groups: Vec<Group<'a>> = Vec::new();
    for result in results {
        if groups.last().is_none_or(|group| group.connection != result.connection_id) {
            groups.push(Group {
                connection: result.connection_id,
                name: &result.connection_name,
                all: RunCounts::default(),
                counts: RunCounts::default(),
                results: Vec::new(),
            });
        }
        let Some(group) = groups.last_mut() else { continue };
        group.all.add(result.outcome, 1);
        if fits(result) {
            group.counts.add(result.outcome, 1);
            group.results.push(result);
        }
    }
    groups.retain(|group| !group.results.is_empty());
    groups.sort_by_key(|group| (group.all.failed == 0, group.is_well()));
    groups
}

/// Not tried, because something before it failed.
fn is_left_out(result: &DiagnosticResult) -> bool {
    result.outcome == StepOutcome::Skipped && !is_unused(&result.found)
}

/// A scenario, and beneath it what it kept, if that is to be shown.
fn result_lines(data: &RunData, result: &DiagnosticResult, asked: &RunPageQuery, address: &dyn Fn(&RunPageQuery) -> String) -> Vec<RunLine> {
    let baseline = data.before.of(result);
    let then = data.against.as_ref().and_then(|against| against.results.of(result));
    let measure = match (then, baseline.and_then(|baseline| baseline.median_ms)) {
        (Some(then), _) if then.outcome == StepOutcome::Passed => format!("then {}", milliseconds_told(then.latency_ms)),
        (Some(then), _) => format!("then {}", steps::badge_style(then.outcome).2.to_lowercase()),
        (None, Some(median)) if data.against.is_none() => format!("median {}", milliseconds_told(median)),
        (None, _) => String::new(),
    };
    let mut line = RunLine { measure, ..outcome_line(result) };
    if let Some(baseline) = baseline.filter(|baseline| baseline.before.is_some() && is_trouble(result.outcome)) {
        line = match baseline.passed_at.zip(baseline.passed_run) {
            Some((at, run)) => passed_last(line, "It last passed", at, run),
            None => RunLine { since: "It has not passed before.".to_owned(), ..line },
        };
    }
    let kept: Vec<_> = result.evidence_ids.iter().filter_map(|id| data.evidence.get(id)).collect();
    let is_shown = kept.iter().any(|one| asked.evidence == Some(one.id));
    if let Some(first) = kept.first() {
        let names: Vec<_> = kept.iter().map(|one| one.name.as_str()).collect();
        line.evidence = names.join(", ");
        line.evidence_address =
            address(&RunPageQuery { evidence: Some(first.id).filter(|_| !is_shown), page: asked.page.filter(|_| is_shown), ..asked.clone() });
        line.evidence_expanded = is_shown.to_string();
    }
    let mut lines = vec![line];
    if let Some(runbook) = data.runbooks.get(&(result.connection_id, result.scenario.clone())) {
        lines.push(RunLine {
            key: format!("{} {} runbook", result.connection_id, result.scenario),
            class: "of-evidence".to_owned(),
            icon: BOOK.to_owned(),
            link: runbook.name.clone(),
            address: runbooks::path_for(runbook.id, result.connection_id),
            // As ARIA has it for what does not unfold.
            expanded: "undefined".to_owned(),
            word: "Runbook".to_owned(),
            ..RunLine::default()
        });
    }
    if is_shown {
        lines.extend(data.texts.iter().filter_map(|(id, artefact)| {
            let one = data.evidence.get(id)?;
            Some(RunLine {
                key: id.to_string(),
                class: "of-evidence".to_owned(),
                icon: FILE.to_owned(),
                link: one.name.clone(),
                address: format!("{}/evidence/{id}", path_of(data.run.id)),
                // As ARIA has it for what does not unfold.
                expanded: "undefined".to_owned(),
                word: size(one.bytes),
                found: if artefact.is_cut { "The beginning; its own page shows the rest.".to_owned() } else { String::new() },
                text: artefact.text.clone(),
                ..RunLine::default()
            })
        }));
    }
    lines
}

/// How a scenario ended.
fn outcome_line(result: &DiagnosticResult) -> RunLine {
    let (class, icon, word) = steps::badge_style(result.outcome);
    let is_unused = result.outcome == StepOutcome::Skipped && is_unused(&result.found);
    let advice = |text: &str| if is_trouble(result.outcome) { text.to_owned() } else { String::new() };
    RunLine {
        key: format!("{} {}", result.connection_id, result.scenario),
        class: class.to_owned(),
        icon: icon.to_owned(),
        title: result.title.clone(),
        advisory: if result.blocking || is_unused { String::new() } else { "advisory".to_owned() },
        word: match is_unused {
            true if result.found.starts_with(NOT_TRIED) => "Not tried",
            true => "Not used",
            false => word,
        }
        .to_owned(),
        latency: latency_of(result.outcome, result.latency_ms),
        // That a step before it failed is said already, by that step.
        found: if is_left_out(result) { String::new() } else { result.found.clone() },
        why: advice(&result.why),
        remediation: advice(&result.remediation),
        ..RunLine::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use domain::{
        diagnostic::{DiagnosticTestRun, RunStatus},
        ids::RunId,
        time::Timestamp,
    };

    use super::*;

    fn result(connection: ProfileId, name: &str, title: &str, outcome: StepOutcome) -> DiagnosticResult {
        DiagnosticResult {
            connection_id: connection,
            connection_name: name.to_owned(),
            scenario: title.to_lowercase(),
            title: title.to_owned(),
            outcome,
            blocking: true,
            latency_ms: 1.5,
            found: String::new(),
            why: String::new(),
            remediation: String::new(),
            cause: None,
            evidence_ids: Vec::new(),
            correlation_id: "thread".parse().expect("a correlation ID"),
            finished_at: Timestamp::from_millis(0),
        }
    }

    fn data(results: Vec<DiagnosticResult>) -> RunData {
        let mut connection_ids: Vec<_> = results.iter().map(|result| result.connection_id).collect();
        connection_ids.dedup();
        let run = DiagnosticTestRun {
            id: RunId::new(),
            status: RunStatus::Failed,
            verdict: None,
            requested_by: "someone".to_owned(),
            environment: None,
            release: None,
            connection_ids,
            scenarios: None,
            planned: 0,
            requested_at: Timestamp::from_millis(0),
            started_at: None,
            finished_at: None,
            note: None,
            evidence_lost: None,
            correlation_id: "thread".parse().expect("a correlation ID"),
            results,
            counts: RunCounts::default(),
        };
        RunData {
            run,
            evidence: HashMap::new(),
            before: std::iter::empty().collect(),
            against: None,
            texts: Vec::new(),
            runbooks: HashMap::new(),
            may_act: false,
            may_trace: true,
        }
    }

    /// One connection that is well, and one that is not.
    fn mixed() -> (ProfileId, RunData) {
        let (well, broken) = (ProfileId::new(), ProfileId::new());
        let results = vec![
            result(well, "Cache", "Connects", StepOutcome::Passed),
            result(well, "Cache", "Answers", StepOutcome::Passed),
            result(broken, "Orders", "Connects", StepOutcome::Passed),
            result(broken, "Orders", "Warns", StepOutcome::Warned),
            result(broken, "Orders", "Signs in", StepOutcome::Failed),
            result(broken, "Orders", "Answers", StepOutcome::Skipped),
        ];
        (well, data(results))
    }

    fn titles(data: &RunData, asked: &RunPageQuery) -> Vec<String> {
        let lines = lines(data, asked, &mut RunWords::default());
        lines.into_iter().map(|line| format!("{}{}", line.link, line.title)).collect()
    }

    #[test]
    fn connections_that_failed_come_first_with_their_trouble_as_it_came_and_one_that_is_well_is_one_line() {
        let (well, data) = mixed();
        let folded = RunPageQuery::default();
        assert_eq!(titles(&data, &folded), ["Orders", "Warns", "Signs in", "1 scenario not run after that", "Cache"]);
        let open = RunPageQuery { open: Some(well), ..folded };
        assert_eq!(titles(&data, &open)[4..], ["Cache", "Connects", "Answers"]);
    }

    #[test]
    fn a_filter_shows_each_scenario_that_fits_wherever_it_is() {
        let (_, data) = mixed();
        let asked = |q: &str, outcome| RunPageQuery { q: Some(q.to_owned()).filter(|q| !q.is_empty()), outcome, ..RunPageQuery::default() };
        assert_eq!(titles(&data, &asked("", Some(StepOutcome::Passed))), ["Orders", "Connects", "Cache", "Connects", "Answers"]);
        assert_eq!(titles(&data, &asked("answers", None)), ["Orders", "Answers", "Cache", "Answers"], "what was not run is found too");
        let passed = lines(&data, &asked("", Some(StepOutcome::Passed)), &mut RunWords::default());
        assert_eq!(passed[0].class, "of-connection bad", "what passed there does not make it well");
        assert_eq!(titles(&data, &asked("SIGNS", None)), ["Orders", "Signs in"]);
        assert_eq!(titles(&data, &asked("cache", None)), ["Cache", "Connects", "Answers"]);
        assert_eq!(titles(&data, &asked("", Some(StepOutcome::Skipped))), ["Orders", "Answers"]);
        assert_eq!(titles(&data, &asked("cache", Some(StepOutcome::Failed))), Vec::<String>::new());
    }

    #[test]
    fn a_page_that_begins_amid_a_connection_says_which() {
        let broken = ProfileId::new();
        let results = (0..LINES + 5).map(|number| result(broken, "Orders", &format!("Scenario {number}"), StepOutcome::Failed)).collect();
        let data = data(results);
        let mut words = RunWords::default();
        assert_eq!(lines(&data, &RunPageQuery::default(), &mut words).len(), LINES);
        assert_eq!((words.page.as_str(), words.previous.as_str()), ("Page 1 of 2", ""));
        let second = RunPageQuery { page: Some(2), ..RunPageQuery::default() };
        assert_eq!(titles(&data, &second)[..2], ["Orders".to_owned(), format!("Scenario {}", LINES - 1)]);
        assert_eq!(titles(&data, &second).len(), 7);
        // A page beyond the last is the last.
        assert_eq!(titles(&data, &RunPageQuery { page: Some(9), ..second }).len(), 7);
    }

    #[test]
    fn what_is_unfolded_is_on_the_page_that_is_shown() {
        let (first, second) = (ProfileId::new(), ProfileId::new());
        let of = |connection, name: &str| {
            (0..LINES + 5).map(|number| result(connection, name, &format!("Scenario {number}"), StepOutcome::Passed)).collect::<Vec<_>>()
        };
        let data = data([of(first, "Cache"), of(second, "Orders")].concat());
        // Folded, both are on the first page.
        assert_eq!(titles(&data, &RunPageQuery::default()), ["Cache", "Orders"]);
        let open = |connection, page| RunPageQuery { open: Some(connection), page, ..RunPageQuery::default() };
        assert_eq!(titles(&data, &open(second, None))[..2], ["Cache", "Orders"]);
        // The other is pushed to the second page, from where it is unfolded.
        assert_eq!(titles(&data, &open(first, Some(2))).last().map(String::as_str), Some("Orders"));
        let lines = lines(&data, &open(first, Some(2)), &mut RunWords::default());
        let address = &lines.last().expect("a line").address;
        assert!(!address.contains("page="), "{address}");
    }
}
