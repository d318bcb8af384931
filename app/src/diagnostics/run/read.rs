//! Reads what the page of a run shows.

use std::collections::HashMap;

use domain::{
    diagnostic::{DiagnosticResult, DiagnosticTestRun},
    error::ErrorCode,
    ids::RunId,
    permission::Permission,
    run_page::{RunPage, RunPageQuery},
};
use engine::{
    OpsError, Scope, diagnose,
    diagnose::{queries, queries::RunQuery},
    evidence,
    runbooks::offers,
};

use super::{
    changes::{self, Compared},
    data::{ArtefactText, RunData},
    lines::{lines, newest_lines},
    words::words,
};

/// Results that are shown while a run of several connections goes on.
const NEWEST: i64 = 12;
/// Earlier runs to compare with.
const EARLIER: i64 = 12;

/// # Errors
/// There is no such run, or none to compare it with; its evidence cannot be read.
pub async fn read_data(scope: &Scope, id: RunId, query: &RunPageQuery) -> Result<RunData, OpsError> {
    let RunQuery { run, evidence, baselines } = queries::whole(scope, id, NEWEST).await?;
    let against = match query.against.filter(|_| run.status.is_finished()) {
        Some(against) => match diagnose::get(scope, against).await {
            Ok(against) => Some(against.into()),
            // Its retention is over, or it never was: the run itself is there all the same.
            Err(error) if error.code() == ErrorCode::RunNotFound => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let is_asked = |result: &&DiagnosticResult| query.evidence.is_some_and(|id| result.evidence_ids.contains(&id));
    let mut texts = Vec::new();
    for id in run.results.iter().find(is_asked).map(|result| result.evidence_ids.clone()).unwrap_or_default() {
        texts.push((id, ArtefactText::of(&evidence::read(scope, id).await?.1)));
    }
    // Of several connections what fails is told first while it goes on, and what to do about it once it is whole.
    let runbooks = if run.is_told_whole() && scope.may(Permission::ReadRunbooks) { offers::for_results(scope, &run.results).await? } else { HashMap::new() };
    Ok(RunData {
        run,
        evidence: evidence.into_iter().map(|one| (one.id, one)).collect(),
        before: baselines.into_iter().collect(),
        against,
        texts,
        runbooks,
        may_act: scope.may(Permission::RunDiagnostics),
        may_trace: scope.may(Permission::ReadErrors),
    })
}

/// The newest runs before `data`'s that it may be compared with, and the one that it is.
///
/// # Errors
/// The database failed.
pub async fn comparable(scope: &Scope, data: &RunData) -> Result<Vec<DiagnosticTestRun>, OpsError> {
    let mut earlier = queries::earlier(scope, &data.run, EARLIER).await?;
    let other = data.against.as_ref().filter(|against| earlier.iter().all(|run| run.id != against.run.id));
    earlier.extend(other.map(|against| against.run.clone()));
    Ok(earlier)
}

impl RunData {
    pub fn page(&self, query: &RunPageQuery) -> RunPage {
        let is_finished = self.run.status.is_finished();
        let mut words = words(self);
        let lines = if self.run.is_told_whole() { lines(self, query, &mut words) } else { newest_lines(self) };
        words.nothing = match (lines.is_empty(), is_finished, query.is_filtered()) {
            (false, ..) => "",
            (true, false, _) => "No scenario has ended yet.",
            (true, true, true) => "Nothing that was tried fits this filter.",
            (true, true, false) => "The run ended before its first scenario did.",
        }
        .to_owned();
        let Compared { with, at, unchanged, lines: changes } = if is_finished { changes::compare(self) } else { Compared::default() };
        (words.compared, words.unchanged) = (with, unchanged);
        words.compared_at = at.map(|at| at.to_string()).unwrap_or_default();
        RunPage { is_finished, may_act: self.may_act, is_sending: false, lines, changes, words }
    }
}
