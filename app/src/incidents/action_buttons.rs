//! What may be done about an incident: acknowledge, note, resolve. All three take a note.

use domain::{
    ids::IncidentId,
    incident::{Incident, IncidentStatus},
};
use leptos::prelude::*;

use super::{
    escalate::Escalate,
    server_fns::{AcknowledgeIncident, NoteIncident, ResolveIncident},
};
use crate::ui::{
    field::{About, AreaField},
    form::{ActionForm, FormState, Submit},
    icon::{CHECK, CIRCLE_CHECK, Icon},
};

/// Acknowledge and resolve, at the top of the page.
#[component]
pub fn Deeds(incident: Incident) -> impl IntoView {
    let id = incident.id;
    let acknowledge = (incident.status == IncidentStatus::Open).then(|| {
        view! {
            <ActionForm<AcknowledgeIncident> stay=true>
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label="Acknowledge" progress="Acknowledging…" icon=CHECK/>
            </ActionForm<AcknowledgeIncident>>
        }
    });
    (incident.status != IncidentStatus::Resolved).then(|| view! { <div class="page-acts">{acknowledge} <Escalate id=id/> <Resolve id=id/></div> })
}

#[component]
fn Resolve(id: IncidentId) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button">
                <Icon path=CIRCLE_CHECK/>
                "Resolve"
            </summary>
            <div class="ask-body">
                <h2>"Resolve this incident?"</h2>
                <p>"A recovery resolves it by itself. Resolve it by hand when the failure is expected; new failures are counted from nothing."</p>
                <ActionForm<ResolveIncident>>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Submit label="Resolve the incident" progress="Resolving…"/>
                </ActionForm<ResolveIncident>>
            </div>
        </details>
    }
}

/// A note may be added at any time, even afterwards.
#[component]
pub fn Note(id: IncidentId) -> impl IntoView {
    let form_state = FormState::of::<NoteIncident>();
    view! {
        <section class="card screen-only" aria-labelledby="add-note">
            <header>
                <h2 id="add-note">"Add a note"</h2>
            </header>
            <div class="body">
                <ActionForm<NoteIncident> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <AreaField about=About::new("note", "Note").hint("What you found, or what you are doing about it.") form_state=form_state/>
                    <div class="buttons">
                        <Submit label="Add note" progress="Adding…" class=""/>
                    </div>
                </ActionForm<NoteIncident>>
            </div>
        </section>
    }
}
