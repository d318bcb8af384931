//! The team's runs, and the way to begin another.

use domain::{
    diagnostic::{DiagnosticTestRun, ListedRun},
    error::UserError,
    permission::Permission,
};
use engine::{connections, diagnose::queries};
use leptos::prelude::*;

use super::{
    LIST,
    filter::{FilterForm, PER_PAGE, RunQuery},
    path_of,
    start::QuickStart,
    verdict::{VerdictBadge, counted, subject},
};
use crate::{
    authorize::{in_scope, may},
    connections::path_of as connection_path,
    ui::{
        badge::EnvironmentBadge,
        empty::Empty,
        icon::CHECKLIST,
        latency::span,
        list::{ListCard, ListQuery},
        markup::IntoMarkup,
        page::{PageContent, page},
        pager::Pager,
        table::{DataTable, heads},
        time::Time,
    },
};

/// All that the page shows.
struct PageData {
    runs: Vec<ListedRun>,
    total: i64,
    /// Name of the connection that the list is narrowed to.
    connection: Option<String>,
}

#[component]
pub fn RunsPage() -> impl IntoView {
    page(read(RunQuery::from_address()))
}

async fn read(query: RunQuery) -> Result<PageContent, UserError> {
    let RunQuery { filter, page } = query.clone();
    let data = in_scope(async move |scope| {
        let connection = match filter.connection {
            Some(id) => Some(connections::get(&scope, id).await?.name),
            None => None,
        };
        let (runs, total) = queries::page(&scope, &filter, page, PER_PAGE).await?;
        Ok(PageData { runs, total, connection })
    })
    .await?;
    Ok(PageContent::new("Diagnostics", body(query, data)))
}

fn body(query: RunQuery, data: PageData) -> impl IntoView {
    let PageData { runs, total, connection } = data;
    let (is_empty, is_filtered) = (total == 0, query.is_filtered());
    let of = query.filter.connection.zip(connection).map(|(id, name)| {
        view! {
            <p class="lede">
                "Runs that tried " <a href=connection_path(id)>{name}</a>
            </p>
        }
    });
    let lede = of.is_none().then(|| view! { <p class="lede">"Does each service do what we need of it? One verdict, which a release obeys."</p> });
    view! {
        <div class="page-head">
            <div>
                <h1>"Diagnostics"</h1>
                {of}
                {lede}
            </div>
        </div>
        <div class:columns=may(Permission::RunDiagnostics)>
            <div>
                {(!is_empty || is_filtered).then(|| view! { <FilterForm query=query.clone()/> })}
                <ListCard
                    id="runs"
                    is_empty=is_empty
                    is_filtered=is_filtered
                    nothing_yet=view! { <NothingYet/> }.into_markup()
                    no_match="No run fits this filter."
                    list=LIST
                >
                    <Runs query=query runs=runs total=total/>
                </ListCard>
            </div>
            {may(Permission::RunDiagnostics).then(|| view! { <QuickStart/> })}
        </div>
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <Empty
            icon=CHECKLIST
            title="No runs yet"
            text="A run goes through every scenario of its connections, keeps evidence, and ends with one verdict: pass or block."
        />
    }
}

#[component]
fn Runs(query: RunQuery, runs: Vec<ListedRun>, total: i64) -> impl IntoView {
    let page = query.page;
    view! {
        <DataTable caption="Runs" heads=heads(["Run", "Verdict", "Environment", "When", "Who"])>
            {runs.into_iter().map(row).collect_view()}
        </DataTable>
        <Pager page=page per_page=PER_PAGE total=total href=move |page| query.address(page)/>
    }
}

fn row(ListedRun { run, connection_name }: ListedRun) -> impl IntoView {
    let environment = run.environment.map_or_else(
        || view! { <span class="quiet">"Several"</span> }.into_markup(),
        |environment| view! { <EnvironmentBadge environment=environment/> }.into_markup(),
    );
    let took = run.started_at.zip(run.finished_at).map(|(from, to)| format!(" · {}", span(from, to)));
    let found = format!("{}{}", found(&run), took.unwrap_or_default());
    view! {
        <tr role="row" data-unfinished=(!run.status.is_finished()).then_some("")>
            <td role="cell" class="name">
                <a class="row-link" href=path_of(run.id)>
                    {subject(&run, connection_name)}
                </a>
                {run.release.clone().map(|release| view! { " " <span class="tag">{release}</span> })}
                <div class="quiet small">{found}</div>
            </td>
            <td role="cell" class="state">
                <VerdictBadge status=run.status/>
            </td>
            <td role="cell" class="sort">{environment}</td>
            <td role="cell" class="place">
                <Time at=run.requested_at/>
            </td>
            <td role="cell" class="line" data-label="By">
                {run.requested_by}
            </td>
        </tr>
    }
}

fn found(run: &DiagnosticTestRun) -> String {
    let counts = counted(run.counts);
    match (run.status.is_finished(), counts.is_empty()) {
        (true, true) => "Nothing was run".to_owned(),
        (true, false) => counts,
        (false, true) => format!("{} scenarios", run.planned),
        (false, false) => format!("{} of {} scenarios: {counts}", run.counts.total(), run.planned),
    }
}
