//! Every connection that is watched, and how it is: the table to look at when something is wrong.

use domain::{
    error::UserError,
    health_table::{HealthCount, HealthSort, ListedHealth},
    operator::Role,
};
use engine::health;
use leptos::prelude::*;

use super::{
    LIST,
    count::{Counts, Verdict},
    filter::{FilterForm, ListQuery, PER_PAGE},
    row::row,
};
use crate::{
    authorize::{authorize, may},
    connections,
    ui::{
        empty::{Empty, NothingMatches},
        icon::PULSE,
        live::Live,
        page::{PageContent, page},
        pager::Pager,
        sortable::sortable,
    },
};

/// All that the page shows.
struct PageData {
    rows: Vec<ListedHealth>,
    total: i64,
    counts: Vec<HealthCount>,
}

#[component]
pub fn HealthListPage() -> impl IntoView {
    page(read(ListQuery::from_address()))
}

async fn read(query: ListQuery) -> Result<PageContent, UserError> {
    let ListQuery { filter, sort, page } = query.clone();
    let data = authorize(Role::Viewer, async move |console, actor, _| {
        let (rows, total) = health::table(&console, &actor, &filter, sort, page, PER_PAGE).await?;
        Ok(PageData { rows, total, counts: health::counts_by_environment(&console, &actor).await? })
    })
    .await?;
    Ok(PageContent::new("Health", body(query, data)))
}

fn body(query: ListQuery, data: PageData) -> impl IntoView {
    let PageData { rows, total, counts } = data;
    let nothing_yet = counts.is_empty();
    view! {
        <div class="page-head">
            <div>
                <h1>"Health"</h1>
                <p class="lede">"Every active connection is tried on schedule. One failure degrades it; two in a row open an incident."</p>
            </div>
            <Live/>
        </div>
        {(!nothing_yet)
            .then(|| {
                view! {
                    <div class="apart-below" id="health-counts" data-refresh="">
                        <Verdict counts=counts.clone()/>
                        <Counts counts=counts/>
                    </div>
                    <FilterForm query=query.clone()/>
                }
            })}
        <div class="card table-box" id="health-table" data-refresh="" data-live="">
            {if total == 0 { nothing(nothing_yet).into_any() } else { view! { <Table query=query rows=rows total=total/> }.into_any() }}
        </div>
    }
}

fn nothing(yet: bool) -> impl IntoView {
    if yet {
        view! {
            <Empty
                icon=PULSE
                title="Nothing is watched yet"
                text="Heartbeats begin when a connection is activated. Test one against the real thing, then activate it."
            >
                <a class="button primary" href=if may(Role::Operator) { "/settings/service-connections?state=verified" } else { connections::LIST }>
                    "Open the connections"
                </a>
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <NothingMatches text="No connection that is watched fits this search. Drafts are not watched." clear=LIST/>
        }
        .into_any()
    }
}

#[component]
fn Table(query: ListQuery, rows: Vec<ListedHealth>, total: i64) -> impl IntoView {
    let (sort, page) = (query.sort, query.page);
    let head = |name, up, down| sortable(sort, name, up, down, |sort| query.address(sort, 1));
    let heads = view! {
        {head("Status", HealthSort::Status, HealthSort::Status)}
        {head("Name", HealthSort::Name, HealthSort::NameDescending)}
        <th scope="col" role="columnheader">"Environment"</th>
        <th scope="col" role="columnheader">"Heartbeats"</th>
        {head("24 h uptime", HealthSort::Uptime, HealthSort::UptimeDescending)}
        <th scope="col" role="columnheader">"Streak"</th>
        {head("Latency", HealthSort::Latency, HealthSort::LatencyDescending)}
        <th scope="col" role="columnheader"><span class="unseen">"Incident"</span></th>
    };
    view! {
        <table class="table health" role="table">
            <caption class="unseen">"Health of connections"</caption>
            <thead role="rowgroup">
                <tr role="row">{heads}</tr>
            </thead>
            <tbody role="rowgroup">{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
        <Pager page=page per_page=PER_PAGE total=total href=move |page| query.address(sort, page)/>
    }
}
