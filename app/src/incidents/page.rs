//! One incident: how it stands, its time line, who was told of it, and what may be done about it.

use std::collections::HashMap;

use domain::{
    blast_radius::BlastRadius,
    delivery::{Delivery, DeliveryFilter},
    error::{ErrorCode, UserError},
    ids::{ChannelId, IncidentId},
    incident::{Incident, ListedIncident},
    permission::Permission,
    profile::ServiceConnectionProfile,
};
use engine::{
    connections,
    incidents::{self, blast_radius::blast_radius, related},
    notify::{deliveries, manage},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    LIST,
    action_buttons::{IncidentActions, Note},
    badge_style::{IncidentBadge, SeverityTag},
    handling::Handling,
    open::HeldBackNote,
    path_of, post_mortem_of,
    radius::Radius,
    related::Related,
    stages::Stages,
    timeline::Timeline,
};
use crate::{
    authorize::{in_scope, may},
    channels::log::IncidentLog,
    connections::path_of as connection_path,
    errors::ThreadLink,
    health,
    runbooks::{RunbookCard, RunbooksOf},
    suppression::{SuppressionNotice, SuppressionState},
    ui::{
        badge::EnvironmentBadge,
        live::Live,
        page::{PageContent, page},
        time::{Lasted, Time},
    },
};

/// All that the page shows.
struct PageData {
    incident: Incident,
    /// Absent when it is about the console itself.
    connection: Option<ServiceConnectionProfile>,
    radius: BlastRadius,
    related: Vec<ListedIncident>,
    quiet: Option<SuppressionState>,
    told: Vec<Delivery>,
    /// More was told than the page shows.
    more_deliveries: bool,
    channels: HashMap<ChannelId, String>,
    runbooks: RunbooksOf,
}

/// Messages that the page shows, the newest first.
const SHOWN: u32 = 50;
/// Related incidents that the page shows.
const RELATED: i64 = 8;

#[component]
pub fn IncidentPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<IncidentId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let incident = incidents::get(&scope, id.ok_or(ErrorCode::IncidentNotFound)?).await?;
        let connection = match incident.connection_id {
            Some(id) => Some(connections::get(&scope, id).await?),
            None => None,
        };
        let filter = DeliveryFilter { incident: Some(incident.id), ..DeliveryFilter::default() };
        let (told, next) = deliveries::list(&scope, filter, SHOWN, None).await?;
        let channels = if told.is_empty() { Vec::new() } else { manage::list(&scope).await? };
        let channels = channels.into_iter().map(|channel| (channel.id, channel.name)).collect();
        let radius = blast_radius(&scope, incident.id).await?;
        let related = related::related(&scope, incident.id, RELATED).await?;
        let quiet = match &connection {
            Some(connection) => Some(SuppressionState::of(&scope, connection).await?),
            None => None,
        };
        let runbooks = RunbooksOf::incident(&scope, &incident).await?;
        Ok(PageData { incident, connection, radius, related, quiet, told, more_deliveries: next.is_some(), channels, runbooks })
    })
    .await?;
    Ok(PageContent::new(name(&data), body(data)).under("Incidents", LIST))
}

fn name(data: &PageData) -> String {
    data.incident.name(data.connection.as_ref().map(|connection| connection.name.as_str())).to_owned()
}

fn body(data: PageData) -> impl IntoView {
    let name = name(&data);
    let PageData { mut incident, connection, radius, related, quiet, told, more_deliveries, channels, runbooks } = data;
    let entries = std::mem::take(&mut incident.timeline);
    let environment = connection.as_ref().map(|connection| connection.environment).or(incident.environment);
    let environment = environment.map(|environment| view! { <EnvironmentBadge environment=environment/> });
    let handles = may(Permission::HandleIncidents);
    let is_named_so = name == incident.summary;
    view! {
        <div class="page-head">
            <div id="incident-head" data-refresh="">
                <h1>{name}</h1>
                <p class="facts">
                    <IncidentBadge stage=incident.stage/>
                    <SeverityTag severity=incident.severity/>
                    {environment}
                    {incident.merged_into.map(|whole| view! { <a href=path_of(whole)>"Part of another incident"</a> })}
                </p>
                {(!is_named_so).then(|| view! { <p class="lede">{incident.summary.clone()}</p> })}
            </div>
            <Live/>
            <div id="incident-actions" data-refresh="">{handles.then(|| view! { <IncidentActions incident=incident.clone()/> })}</div>
        </div>
        <div class="apart-below">
            <Stages incident=incident.clone()/>
        </div>
        <div class="stack-small apart-below" id="incident-hush" data-refresh="">
            {incident.held_back.map(|_| view! { <HeldBackNote incident=incident.clone() follows_name=incident.follows_id.map(|_| "another incident".to_owned())/> })}
            {quiet.map(|quiet| view! { <SuppressionNotice quiet=quiet/> })}
        </div>
        <div class="columns incident-columns">
            <div class="stack">
                <Radius radius=radius/>
                <Timeline entries=entries/>
                {(!told.is_empty()).then(|| view! { <IncidentDeliveries deliveries=told goes_on=more_deliveries channels=channels/> })}
                {handles.then(|| view! { <Note id=incident.id/> })}
            </div>
            <div class="stack">
                <RunbookCard runbooks=runbooks/>
                <Facts incident=incident.clone() connection=connection/>
                {handles.then(|| view! { <Handling incident=incident.clone()/> })}
                <div id="incident-related" data-refresh="">{(!related.is_empty()).then(|| view! { <Related incident=incident others=related/> })}</div>
            </div>
        </div>
    }
}

#[component]
fn IncidentDeliveries(deliveries: Vec<Delivery>, goes_on: bool, channels: HashMap<ChannelId, String>) -> impl IntoView {
    view! {
        <section class="card table-box" aria-labelledby="told" id="incident-told" data-refresh="">
            <header>
                <h2 id="told">"Told on channels"</h2>
            </header>
            <IncidentLog deliveries=deliveries names=channels/>
            {goes_on.then(|| view! { <p class="pager">{format!("The newest {SHOWN}.")}</p> })}
        </section>
    }
}

/// What was recorded of it, beside its steps.
#[component]
fn Facts(incident: Incident, connection: Option<ServiceConnectionProfile>) -> impl IntoView {
    let about = connection.map(|connection| {
        let runbook = connection.runbook_url.map(|url| view! { <dt>"Runbook"</dt><dd><a href=url.clone() rel="noreferrer">{url.clone()}</a></dd> });
        view! {
            <dt>"Connection"</dt>
            <dd>
                <a href=health::path_of(connection.id)>"Health"</a> " · " <a href=connection_path(connection.id)>"Settings"</a>
            </dd>
            {connection.owner.map(|owner| view! { <dt>"Belongs to"</dt><dd>{owner}</dd> })}
            {runbook}
        }
    });
    let due = incident.post_mortem_due_at.filter(|_| incident.post_mortem_at.is_none());
    view! {
        <section class="card" aria-labelledby="facts" id="incident-facts" data-refresh="">
            <header>
                <h2 id="facts">"About this incident"</h2>
            </header>
            <div class="body">
                <dl class="facts-list">
                    {about}
                    <dt>"First failure"</dt>
                    <dd><Time at=incident.first_failed_at/></dd>
                    <dt>"Opened"</dt>
                    <dd><Time at=incident.opened_at/></dd>
                    <dt>"Who has it"</dt>
                    <dd>{incident.owner.unwrap_or_else(|| "Nobody".to_owned())}</dd>
                    <dt>"Lasted"</dt>
                    <dd><Lasted from=incident.first_failed_at to=incident.resolved_at/></dd>
                    {due.map(|at| view! { <dt>"Post-mortem"</dt><dd><a href=post_mortem_of(incident.id)>"Due"</a> " " <Time at=at/></dd> })}
                    <dt>"Correlation ID"</dt>
                    <dd><ThreadLink id=incident.correlation_id.to_string()/></dd>
                </dl>
            </div>
        </section>
    }
}
