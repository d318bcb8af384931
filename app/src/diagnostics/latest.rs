//! The newest run that tried a connection, on that connection's page.

use domain::{
    diagnostic::{ListedRun, RunFilter},
    ids::ProfileId,
    operator::Actor,
};
use engine::{Console, OpsError, diagnose::queries};
use leptos::prelude::*;

use super::{
    filter::history_of,
    path_of,
    verdict::{VerdictBadge, counted},
};
use crate::ui::time::Time;

/// The newest run of a connection, and how many there are.
#[derive(Clone)]
pub struct Latest {
    run: Option<ListedRun>,
    total: i64,
}

impl Latest {
    /// # Errors
    /// The database failed.
    pub async fn of(console: &Console, actor: &Actor, connection: ProfileId) -> Result<Self, OpsError> {
        let filter = RunFilter { connection: Some(connection), ..RunFilter::default() };
        let (runs, total) = queries::page(console, actor, &filter, 1, 1).await?;
        Ok(Self { run: runs.into_iter().next(), total })
    }
}

#[component]
pub fn LatestRun(latest: Latest, connection: ProfileId) -> impl IntoView {
    let Latest { run, total } = latest;
    let body = match run {
        None => view! { <p class="quiet">"Never diagnosed. A run goes further than the test: it writes, reads back, and tries what must be refused."</p> }
            .into_any(),
        Some(ListedRun { run, .. }) => {
            let many = run.connection_ids.len();
            let among = if many > 1 { format!(", with {} others", many - 1) } else { String::new() };
            view! {
                <p class="latest">
                    <VerdictBadge status=run.status/>
                    <a href=path_of(run.id)>
                        <Time at=run.requested_at/>
                    </a>
                </p>
                <p class="quiet small">{format!("{}{among}", counted(run.counts))}</p>
            }
            .into_any()
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
