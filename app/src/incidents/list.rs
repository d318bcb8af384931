//! The team's incidents, the newest first.

use domain::{
    error::UserError,
    ids::ProfileId,
    incident::{IncidentGroup, IncidentStatus, ListedIncident},
    listing::{Filter, Sort},
    permission::Permission,
};
use engine::{connections, incidents};
use leptos::prelude::*;

use super::{
    ACTIONS, LIST,
    badge_style::{IncidentBadge, SeverityTag},
    filter::{FilterForm, IncidentQuery, PER_PAGE},
    groups::Groups,
    open::{HeldBackNote, Help},
    path_of,
    quick::QuickAcknowledge,
};
use crate::{
    authorize::{in_scope, may},
    health,
    suppression::{ListedSilence, Silences},
    ui::{
        badge::EnvironmentBadge,
        empty::Empty,
        icon::CIRCLE_CHECK,
        list::{ListCard, ListQuery},
        live::Live,
        markup::IntoMarkup,
        page::{PageContent, page},
        pager::Pager,
        table::{DataTable, heads},
        time::{Lasted, Time},
    },
};

/// Connections that may be chosen here to be silenced; the API takes any.
const OFFERED: u32 = 500;

/// All that the page shows.
struct PageData {
    rows: Vec<ListedIncident>,
    total: i64,
    groups: Vec<IncidentGroup>,
    silences: Vec<ListedSilence>,
    /// What may be silenced here; none for whoever may not.
    connections: Vec<(ProfileId, String)>,
    /// Name of the connection that the list is narrowed to.
    connection: Option<String>,
}

#[component]
pub fn IncidentsPage() -> impl IntoView {
    page(read(IncidentQuery::from_address()))
}

async fn read(query: IncidentQuery) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let connection = match query.filter.connection {
            Some(id) => Some(connections::get(&scope, id).await?.name),
            None => None,
        };
        let (rows, total) = incidents::page(&scope, query.filter, query.page, PER_PAGE).await?;
        let connections = if scope.may(Permission::HandleIncidents) {
            connections::list(&scope, &Filter::default(), Sort::Name, 1, OFFERED).await?.items
        } else {
            Vec::new()
        };
        Ok(PageData {
            rows,
            total,
            groups: incidents::unresolved_groups(&scope).await?,
            silences: ListedSilence::all(&scope).await?,
            connections: connections.into_iter().map(|connection| (connection.id, connection.name)).collect(),
            connection,
        })
    })
    .await?;
    Ok(PageContent::new("Incidents", body(query, data)))
}

fn body(query: IncidentQuery, data: PageData) -> impl IntoView {
    let PageData { rows, total, groups, silences, connections, connection } = data;
    let (is_empty, is_filtered) = (total == 0, query.is_filtered());
    let of = query.filter.connection.zip(connection).map(|(id, name)| view! { <p class="lede">"Of " <a href=health::path_of(id)>{name}</a></p> });
    let lede = of.is_none().then(|| view! { <p class="lede">"What failed often enough that someone was told, and what was done about it."</p> });
    view! {
        <div class="page-head">
            <div>
                <h1>"Incidents"</h1>
                {of}
                {lede}
            </div>
            <div class="buttons">
                <a class="button" href=ACTIONS>"Action items"</a>
                {may(Permission::HandleIncidents).then(|| view! { <a class="button" href=format!("{LIST}/new")>"Declare an incident"</a> })}
            </div>
            <Live/>
        </div>
        <div class="stack-small apart-below" id="incident-groups" data-refresh="">
            <Groups groups=groups/>
        </div>
        {(!is_empty || is_filtered).then(|| view! { <FilterForm query=query/> })}
        <div class="stack">
        <ListCard
            id="incidents"
            is_empty=is_empty
            is_filtered=is_filtered
            nothing_yet=view! { <NothingYet/> }.into_markup()
            no_match="No incident fits this filter."
            list=LIST
        >
            <Table query=query rows=rows total=total/>
        </ListCard>
        <div id="incident-silences" data-refresh="">
            <Silences silences=silences connections=connections chosen=query.filter.connection/>
        </div>
        </div>
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    view! {
        <Empty
            icon=CIRCLE_CHECK
            title="No incidents"
            text="When a connection fails twice in a row, an incident opens here and the team is told. A recovery closes it."
        >
            <a class="button" href=health::LIST>
                "Open health"
            </a>
        </Empty>
    }
}

#[component]
fn Table(query: IncidentQuery, rows: Vec<ListedIncident>, total: i64) -> impl IntoView {
    view! {
        <DataTable caption="Incidents" heads=heads(["Incident", "Status", "Urgency", "Opened", "Lasted", "Who"])>
            {rows.into_iter().map(row).collect_view()}
        </DataTable>
        <Pager page=query.page per_page=PER_PAGE total=total href=move |page| query.address(page)/>
    }
}

fn row(ListedIncident { incident, connection_name, environment, owner, runbook_url, follows_name }: ListedIncident) -> impl IntoView {
    let held_back = view! { <HeldBackNote incident=incident.clone() follows_name=follows_name/> };
    let name = incident.name(connection_name.as_deref()).to_owned();
    let who = match (incident.merged_into, incident.status) {
        (Some(whole), _) => view! { <a class="above" href=path_of(whole)>"Part of another"</a> }.into_markup(),
        (None, IncidentStatus::Open) => view! { <QuickAcknowledge id=incident.id is_acknowledged=false/> }.into_markup(),
        _ => incident.acknowledged_by.into_markup(),
    };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=path_of(incident.id)>
                    {name}
                </a>
                <div class="quiet small clipped">{incident.summary}</div>
                <Help owner=owner runbook_url=runbook_url/>
                {held_back}
            </td>
            <td role="cell" class="state">
                <IncidentBadge stage=incident.stage/>
            </td>
            <td role="cell" class="sort">
                <SeverityTag severity=incident.severity/>
                " "
                {environment.map(|environment| view! { <EnvironmentBadge environment=environment/> })}
            </td>
            <td role="cell" class="place">
                <Time at=incident.opened_at/>
            </td>
            <td role="cell" class="nowrap" data-label="Lasted">
                <Lasted from=incident.first_failed_at to=incident.resolved_at/>
            </td>
            <td role="cell" class="line">
                {who}
            </td>
        </tr>
    }
}
