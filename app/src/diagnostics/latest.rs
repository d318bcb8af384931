//! The newest run that tried a connection, on that connection's page.

use domain::{
    diagnostic::{ListedRun, RunCounts, RunFilter, RunStatus},
    ids::ProfileId,
};
use engine::{OpsError, Scope, diagnose::queries};
use leptos::prelude::*;

use super::{
    filter::history_of,
    path_of,
    verdict::{VerdictBadge, badge_style, counted, plural},
};
use crate::ui::{markup::IntoMarkup, time::Time};

/// The newest run of a connection, and how many there are.
#[derive(Clone)]
pub struct Latest {
    run: Option<ListedRun>,
    /// What that run found of this connection alone.
    own: RunCounts,
    total: i64,
}

impl Latest {
    /// # Errors
    /// The database failed.
    pub async fn of(scope: &Scope, connection: ProfileId) -> Result<Self, OpsError> {
        let filter = RunFilter { connection: Some(connection), ..RunFilter::default() };
        let (runs, total) = queries::page(scope, &filter, 1, 1).await?;
        let run = runs.into_iter().next();
        let own = match &run {
            Some(ListedRun { run, .. }) => queries::counts_of(scope, run.id, connection).await?,
            None => RunCounts::default(),
        };
        Ok(Self { run, own, total })
    }
}

/// How a run came out for one connection: that others failed in it says nothing of this one.
const fn own_status(run: RunStatus, own: RunCounts, others: usize) -> RunStatus {
    match run {
        RunStatus::Failed if others > 0 && own.failed == 0 && own.passed > 0 => RunStatus::Passed,
        status => status,
    }
}

#[component]
pub fn LatestRun(latest: Latest, connection: ProfileId) -> impl IntoView {
    let Latest { run, own, total } = latest;
    let body = match run {
        None => view! { <p class="quiet">"Never diagnosed. A run goes further than the test: it writes, reads back, and tries what must be refused."</p> }
            .into_markup(),
        Some(ListedRun { run, .. }) => {
            let others = run.connection_ids.len().saturating_sub(1);
            let status = own_status(run.status, own, others);
            let whole = (others > 0 && run.status.is_finished())
                .then(|| format!("With {}: {} as a whole.", plural(others, "other"), badge_style(run.status).0.to_lowercase()));
            view! {
                <p class="latest">
                    <VerdictBadge status=status/>
                    <a href=path_of(run.id)>
                        <Time at=run.requested_at/>
                    </a>
                </p>
                <p class="quiet small">{counted(own)}</p>
                {whole.map(|whole| view! { <p class="quiet small">{whole}</p> })}
            }
            .into_markup()
        }
    };
    view! {
        <section class="card" aria-labelledby="diagnostics">
            <header>
                <h2 id="diagnostics">"Diagnostics"</h2>
                {(total > 0).then(|| view! { <a class="small" href=history_of(connection)>{format!("All runs ({total})")}</a> })}
            </header>
            <div class="body">{body}</div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_elsewhere_does_not_count_against_a_connection() {
        let well = RunCounts { passed: 9, ..RunCounts::default() };
        let failing = RunCounts { passed: 1, failed: 8, ..RunCounts::default() };
        assert_eq!(own_status(RunStatus::Failed, well, 3), RunStatus::Passed);
        assert_eq!(own_status(RunStatus::Failed, failing, 3), RunStatus::Failed);
        // Alone, a run blocks without a failed scenario when its evidence was lost.
        assert_eq!(own_status(RunStatus::Failed, well, 0), RunStatus::Failed);
        assert_eq!(own_status(RunStatus::Running, well, 3), RunStatus::Running);
    }
}
