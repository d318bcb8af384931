//! Incidents that are not resolved, on the overview: the first thing to see.

use domain::incident::{Incident, IncidentStatus, ListedIncident};
use leptos::prelude::*;

use super::{
    LIST,
    badge_style::{IncidentBadge, SeverityTag},
    path_of,
    quick::QuickAcknowledge,
};
use crate::ui::{badge::EnvironmentBadge, markup::IntoMarkup, time::Time};

/// `total` counts those that are not shown too.
#[component]
pub fn Open(incidents: Vec<ListedIncident>, total: i64) -> impl IntoView {
    (total > 0).then(|| {
        let more = total - i64::try_from(incidents.len()).unwrap_or(i64::MAX);
        view! {
            <section class="card" aria-labelledby="open-incidents">
                <header>
                    <h2 id="open-incidents">{format!("Incidents ({total})")}</h2>
                    <a class="small" href=LIST>
                        "All incidents"
                    </a>
                </header>
                <ul class="attention">{incidents.into_iter().map(line).collect_view()}</ul>
                {(more > 0).then(|| view! { <p class="pager"><a href=LIST>{format!("and {more} more")}</a></p> })}
            </section>
        }
    })
}

/// Who can help, and what they have written down.
#[component]
pub fn Help(owner: Option<String>, runbook_url: Option<String>) -> impl IntoView {
    let runbook = runbook_url.map(|url| view! { <a class="above" href=url rel="noreferrer">"Runbook"</a> });
    let between = (owner.is_some() && runbook.is_some()).then_some(" · ");
    let is_known = owner.is_some() || runbook.is_some();
    is_known.then(|| view! { <p class="quiet small">{owner.map(|owner| format!("Owner: {owner}"))} {between} {runbook}</p> })
}

/// Why nobody is told of it.
#[component]
pub fn HeldBackNote(incident: Incident, follows_name: Option<String>) -> impl IntoView {
    incident.held_back.map(|held_back| match incident.follows_id.zip(follows_name) {
        Some((id, name)) => view! { <p class="quiet small">"Follows from " <a class="above" href=path_of(id)>{name}</a> ". Nobody is told."</p> }.into_markup(),
        None => view! { <p class="quiet small">{held_back.sentence()}</p> }.into_markup(),
    })
}

fn line(ListedIncident { incident, connection_name, environment, owner, runbook_url, follows_name }: ListedIncident) -> impl IntoView {
    let held_back = view! { <HeldBackNote incident=incident.clone() follows_name=follows_name/> };
    view! {
        <li>
            <div>
                <a class="row-link" href=path_of(incident.id)>
                    {incident.name(connection_name.as_deref()).to_owned()}
                </a>
                <p class="clipped">{incident.summary}</p>
                <p>
                    "Opened " <Time at=incident.opened_at/> {incident.acknowledged_by.map(|by| format!(", acknowledged by {by}"))}
                </p>
                <Help owner=owner runbook_url=runbook_url/>
                {held_back}
            </div>
            <div class="buttons">
                <SeverityTag severity=incident.severity/>
                {environment.map(|environment| view! { <EnvironmentBadge environment=environment/> })}
                <IncidentBadge stage=incident.stage/>
                {(incident.status == IncidentStatus::Open).then(|| view! { <QuickAcknowledge id=incident.id is_acknowledged=false/> })}
            </div>
        </li>
    }
}
