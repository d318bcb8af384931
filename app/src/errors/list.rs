//! The newest errors, found by correlation ID, code or words.

use domain::{
    error::UserError,
    error_event::{ErrorEvent, ErrorFilter},
    operator::Role,
    severity::Severity,
};
use engine::report;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::LIST;
use crate::{
    authorize::authorize,
    ui::{
        badge::Badge,
        empty::Empty,
        filter::searched,
        icon::{ALERT, CIRCLE_CHECK, CROSS, DASH, EXCLAMATION, Icon, SEARCH},
        page::{PageContent, page},
        time::Time,
    },
};

const SHOWN: i64 = 100;

#[component]
pub fn ErrorsPage() -> impl IntoView {
    let q = searched(&use_query_map().read_untracked()).unwrap_or_default();
    page(read(q))
}

async fn read(q: String) -> Result<PageContent, UserError> {
    let filter = ErrorFilter { q: (!q.is_empty()).then(|| q.clone()), ..ErrorFilter::default() };
    let events = authorize(Role::Operator, async move |console, actor, _| report::events(&console, &actor, &filter, None, SHOWN).await).await?;
    Ok(PageContent::new("Errors", body(q, events)))
}

fn body(q: String, events: Vec<ErrorEvent>) -> impl IntoView {
    let searched = !q.is_empty();
    let rows = match (events.is_empty(), searched) {
        (true, true) => view! { <Empty icon=SEARCH title="Nothing matches" text="No recorded error has that in its ID, its code or its words."/> }.into_any(),
        (true, false) => {
            view! { <Empty icon=CIRCLE_CHECK title="No errors recorded" text="When someone meets an error, it appears here under its correlation ID."/> }
                .into_any()
        }
        (false, _) => view! { <Events events=events/> }.into_any(),
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Errors"</h1>
                <p class="lede">"What people met, and what was behind it."</p>
            </div>
        </div>
        <form class="filter" method="get" action=LIST role="search">
            <div class="search">
                <Icon path=SEARCH/>
                <input class="input" type="search" name="q" value=q placeholder="Correlation ID, code or words" aria-label="Search errors" autocomplete="off"/>
            </div>
            <button class="button" type="submit">
                "Search"
            </button>
            {searched.then(|| view! { <a class="button plain" href=LIST>"Clear"</a> })}
        </form>
        <div class="card table-box">{rows}</div>
    }
}

#[component]
fn Events(events: Vec<ErrorEvent>) -> impl IntoView {
    let full = events.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    view! {
        <table class="table" role="table">
            <caption class="unseen">"Errors"</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"What was read"</th>
                    <th scope="col" role="columnheader">"Severity"</th>
                    <th scope="col" role="columnheader">"Operation"</th>
                    <th scope="col" role="columnheader">"Who"</th>
                    <th scope="col" role="columnheader">"When"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{events.into_iter().map(row).collect_view()}</tbody>
        </table>
        {full.then(|| view! { <p class="pager">{format!("The newest {SHOWN}. Search to find older ones.")}</p> })}
    }
}

fn row(event: ErrorEvent) -> impl IntoView {
    let read = if event.user_message.is_empty() { event.message } else { event.user_message };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=format!("{LIST}/{}", event.correlation_id)>
                    {read}
                </a>
                <div class="quiet mono small">{event.code}</div>
            </td>
            <td role="cell" class="state">
                <SeverityBadge severity=event.severity/>
            </td>
            <td role="cell" class="line mono small">{event.operation}</td>
            <td role="cell" data-label="Who">
                {event.actor.unwrap_or_else(|| "Not signed in".to_owned())}
            </td>
            <td role="cell" data-label="When">
                <Time at=event.occurred_at/>
            </td>
        </tr>
    }
}

#[component]
pub fn SeverityBadge(severity: Severity) -> impl IntoView {
    let badge_style = match severity {
        Severity::Info => ("Refusal", DASH, "idle"),
        Severity::Warning => ("Warning", EXCLAMATION, "warn"),
        Severity::Error => ("Error", CROSS, "bad"),
        Severity::Critical => ("Critical", ALERT, "bad"),
    };
    view! { <Badge badge_style=badge_style/> }
}
