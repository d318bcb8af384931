//! Every connection of the team, and where each stands.

use std::collections::HashMap;

use domain::{
    error::UserError,
    health::HealthStatus,
    ids::ProfileId,
    listing::{Page, Sort},
    permission::Permission,
    profile::{ConnectionSummary, ServiceConnectionProfile, State},
    verification::VerificationOutcome,
};
use engine::connections;
use leptos::prelude::*;

use super::{
    LIST,
    filter::{ConnectionQuery, FilterForm, PER_PAGE},
    kind::KindName,
    path_of,
};
use crate::{
    authorize::{in_scope, may},
    health::HealthBadge,
    ui::{
        badge::{EnvironmentBadge, StateBadge},
        empty::Empty,
        icon::{Icon, PLUG, PLUS},
        list::{ListCard, ListQuery},
        markup::IntoMarkup,
        page::{PageContent, page},
        pager::Pager,
        table::{DataTable, head, sortable_head},
        time::Time,
    },
};

#[component]
pub fn ListPage() -> impl IntoView {
    page(read(ConnectionQuery::from_address()))
}

async fn read(query: ConnectionQuery) -> Result<PageContent, UserError> {
    let ConnectionQuery { filter, sort, page } = query.clone();
    let (found, summaries) = in_scope(async move |scope| {
        let found = connections::list(&scope, &filter, sort, page, PER_PAGE).await?;
        let summaries = connections::summaries(&scope, &found.items).await?;
        Ok((found, summaries))
    })
    .await?;
    Ok(PageContent::new("Connections", body(query, found, summaries)))
}

fn body(query: ConnectionQuery, found: Page, summaries: HashMap<ProfileId, ConnectionSummary>) -> impl IntoView {
    let (is_empty, is_filtered) = (found.total == 0, query.is_filtered());
    view! {
        <div class="page-head">
            <div>
                <h1>"Connections"</h1>
                <p class="lede">"The services this product depends on, and whether each may be used."</p>
            </div>
            {may(Permission::ConfigureConnections).then(new_link)}
        </div>
        {(!is_empty || is_filtered).then(|| view! { <FilterForm query=query.clone()/> })}
        <ListCard
            is_empty=is_empty
            is_filtered=is_filtered
            nothing_yet=view! { <NothingYet/> }.into_markup()
            no_match="No connection fits this search. Archived ones are found by their state."
            list=LIST
        >
            <Found query=query found=found summaries=summaries/>
        </ListCard>
    }
}

fn new_link() -> impl IntoView {
    view! {
        <div class="page-actions">
            <a class="button primary" href=format!("{LIST}/new")>
                <Icon path=PLUS/>
                "New connection"
            </a>
        </div>
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <Empty
            icon=PLUG
            title="No connections yet"
            text="Describe a service your product depends on, test it against the real thing, and activate it once every blocking step passes."
        >
            {may(Permission::ConfigureConnections)
                .then(|| view! { <a class="button primary" href=format!("{LIST}/new")>"Add the first connection"</a> })}
        </Empty>
    }
}

#[component]
fn Found(query: ConnectionQuery, found: Page, summaries: HashMap<ProfileId, ConnectionSummary>) -> impl IntoView {
    let of = |connection: &ServiceConnectionProfile| summaries.get(&connection.id).copied().unwrap_or_default();
    let rows = found.items.into_iter().map(|connection| (of(&connection), connection)).map(|(summary, connection)| row(connection, summary)).collect_view();
    let (sort, page) = (query.sort, query.page);
    let sortable = |name, up, down| sortable_head(sort, name, up, down, |sort| query.address(sort, 1));
    let heads = vec![
        sortable("Name", Sort::Name, Sort::NameDescending),
        head("State"),
        head("Health"),
        head("Kind"),
        head("Environment"),
        head("Verified"),
        sortable("Updated", Sort::Updated, Sort::UpdatedDescending),
    ];
    view! {
        <DataTable caption="Connections" heads=heads>
            {rows}
        </DataTable>
        <Pager page=page per_page=PER_PAGE total=found.total href=move |page| query.address(sort, page)/>
    }
}

fn row(connection: ServiceConnectionProfile, summary: ConnectionSummary) -> impl IntoView {
    let verified = match (connection.last_verified_at, connection.state, summary.last_test) {
        (Some(at), ..) => view! { <Time at=at/> }.into_markup(),
        (None, State::Archived, _) => ().into_markup(),
        (None, _, Some(VerificationOutcome::Running)) => view! { <span class="quiet">"Being tested"</span> }.into_markup(),
        (None, _, Some(_)) => view! { <span class="failed-test">"Failed its test"</span> }.into_markup(),
        (None, ..) => view! { <span class="quiet">"Never tested"</span> }.into_markup(),
    };
    let health = match (connection.state, summary.health) {
        (State::Active, health) => view! { <HealthBadge status=health.unwrap_or(HealthStatus::Unknown)/> }.into_markup(),
        (State::Archived, _) => ().into_markup(),
        _ => view! { <span class="quiet">"Not watched"</span> }.into_markup(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=path_of(connection.id)>
                    {connection.name}
                </a>
            </td>
            <td role="cell" class="state">
                <StateBadge state=connection.state/>
            </td>
            <td role="cell" class="health-now" data-label="Health">
                {health}
            </td>
            <td role="cell" class="sort">
                <KindName kind=connection.kind/>
            </td>
            <td role="cell" class="place">
                <EnvironmentBadge environment=connection.environment/>
            </td>
            <td role="cell" data-label="Verified">
                {verified}
            </td>
            <td role="cell" data-label="Updated">
                <Time at=connection.updated_at/>
            </td>
        </tr>
    }
}
