//! Incidents that belong to one another, and the way to say so.

use domain::{
    ids::IncidentId,
    incident::{Incident, IncidentStatus, ListedIncident},
    permission::Permission,
};
use leptos::prelude::*;

use super::{
    badge_style::IncidentBadge,
    path_of,
    server_fns::{MergeIncident, SplitIncident},
};
use crate::{
    authorize::may,
    ui::{
        form::{ActionForm, Submit},
        markup::IntoMarkup,
        time::Time,
    },
};

#[component]
pub fn Related(incident: Incident, others: Vec<ListedIncident>) -> impl IntoView {
    let handles = may(Permission::HandleIncidents);
    let lines = others.into_iter().map(|other| line(&incident, other, handles)).collect_view();
    view! {
        <section class="card" aria-labelledby="related">
            <header>
                <h2 id="related">"Related"</h2>
            </header>
            <ul class="related">{lines}</ul>
        </section>
    }
}

fn line(this: &Incident, other: ListedIncident, handles: bool) -> impl IntoView + use<> {
    let ListedIncident { incident, connection_name, .. } = other;
    let is_whole = this.merged_into == Some(incident.id);
    let is_part = incident.merged_into.is_some();
    let act = match (is_whole, is_part) {
        (true, _) => Some(split(this.id).into_markup()),
        (false, true) if incident.merged_into == Some(this.id) => Some(split(incident.id).into_markup()),
        (false, false) if this.merged_into.is_none() && incident.status != IncidentStatus::Resolved => Some(merge(this.id, incident.id).into_markup()),
        _ => None,
    };
    let how = if is_whole {
        "This one is merged into it"
    } else if is_part {
        "Merged"
    } else {
        ""
    };
    view! {
        <li>
            <div>
                <a href=path_of(incident.id)>{incident.name(connection_name.as_deref()).to_owned()}</a>
                <p class="quiet small">
                    <IncidentBadge stage=incident.stage/>
                    " "
                    <Time at=incident.opened_at/>
                    " "
                    {how}
                </p>
            </div>
            {act.filter(|_| handles)}
        </li>
    }
}

/// This one goes on as a part of the other.
fn merge(id: IncidentId, into: IncidentId) -> impl IntoView {
    view! {
        <ActionForm<MergeIncident> stay=true>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="into" value=into.to_string()/>
            <Submit label="Merge into it" progress="Merging…" class="small"/>
        </ActionForm<MergeIncident>>
    }
}

fn split(id: IncidentId) -> impl IntoView {
    view! {
        <ActionForm<SplitIncident> stay=true>
            <input type="hidden" name="id" value=id.to_string()/>
            <Submit label="Split" progress="Splitting…" class="small"/>
        </ActionForm<SplitIncident>>
    }
}
