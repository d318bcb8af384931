//! What may be done about an incident: acknowledge, note, resolve. All three take a note.

use domain::{
    ids::IncidentId,
    incident::{Incident, IncidentStatus},
};
use leptos::prelude::*;

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
            <ActionForm act="acknowledge_incident">
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label="Acknowledge" progress="Acknowledging…" icon=CHECK/>
            </ActionForm>
        }
    });
    (incident.status != IncidentStatus::Resolved).then(|| view! { <div class="page-acts">{acknowledge} <Resolve id=id/></div> })
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
                <ActionForm act="resolve_incident">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Submit label="Resolve the incident" progress="Resolving…"/>
                </ActionForm>
            </div>
        </details>
    }
}

/// A note may be added at any time, even afterwards.
#[component]
pub fn Note(id: IncidentId) -> impl IntoView {
    let form_state = FormState::into_form_of("note_incident");
    view! {
        <section class="card" aria-labelledby="add-note">
            <header>
                <h2 id="add-note">"Add a note"</h2>
            </header>
            <div class="body">
                <ActionForm act="note_incident" class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <AreaField about=About::new("note", "Note").hint("What you found, or what you are doing about it.") form_state=form_state/>
                    <div class="buttons">
                        <Submit label="Add note" progress="Adding…" class=""/>
                    </div>
                </ActionForm>
            </div>
        </section>
    }
}
