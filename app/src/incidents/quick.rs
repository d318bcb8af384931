//! Acknowledging from wherever an open incident is shown.

use domain::{ids::IncidentId, permission::Permission};
use leptos::prelude::*;

use super::{path_of, server_fns::AcknowledgeIncident};
use crate::{
    authorize::may,
    ui::{
        form::{ActionForm, Submit},
        markup::IntoMarkup,
    },
};

#[component]
pub fn QuickAcknowledge(id: IncidentId, is_acknowledged: bool) -> impl IntoView {
    if is_acknowledged || !may(Permission::HandleIncidents) {
        let text = if is_acknowledged { "Acknowledged" } else { "Open incident" };
        return view! { <a class="small above" href=path_of(id)>{text}</a> }.into_markup();
    }
    view! {
        <ActionForm<AcknowledgeIncident> class="above" stay=true>
            <input type="hidden" name="id" value=id.to_string()/>
            <Submit label="Acknowledge" progress="Acknowledging…" class="small"/>
        </ActionForm<AcknowledgeIncident>>
    }
    .into_markup()
}
