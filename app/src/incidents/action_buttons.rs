//! What may be done about an incident: the next step first.

use domain::{
    ids::IncidentId,
    incident::{Incident, IncidentStage},
};
use leptos::prelude::*;

use super::{
    escalate::Escalate,
    post_mortem_of,
    server_fns::{AcknowledgeIncident, AssessIncident, MitigateIncident, NoteIncident, ResolveIncident},
};
use crate::ui::{
    field::{About, AreaField},
    form::{ActionForm, FormState, Submit},
    icon::{BOLT, CHECK, CIRCLE_CHECK, FILE, Icon, SEARCH},
    markup::IntoMarkup,
};

/// The next step, and the last, at the top of the page.
#[component]
pub fn IncidentActions(incident: Incident) -> impl IntoView {
    let (id, input) = (incident.id, move || view! { <input type="hidden" name="id" value=incident.id.to_string()/> });
    let next = match incident.stage {
        IncidentStage::Open => view! {
            <ActionForm<AcknowledgeIncident> stay=true>
                {input()}
                <Submit label="Acknowledge" progress="Acknowledging…" icon=CHECK/>
            </ActionForm<AcknowledgeIncident>>
        }
        .into_markup(),
        IncidentStage::Acknowledged => view! {
            <ActionForm<AssessIncident> stay=true>
                {input()}
                <Submit label="Mark as assessed" progress="Marking…" icon=SEARCH/>
            </ActionForm<AssessIncident>>
        }
        .into_markup(),
        IncidentStage::Assessed => view! {
            <ActionForm<MitigateIncident> stay=true>
                {input()}
                <Submit label="Mark as mitigated" progress="Marking…" icon=BOLT/>
            </ActionForm<MitigateIncident>>
        }
        .into_markup(),
        IncidentStage::Mitigated => ().into_markup(),
        IncidentStage::Resolved | IncidentStage::PostMortem => {
            let is_written = incident.stage == IncidentStage::PostMortem;
            let class = if is_written { "button" } else { "button primary" };
            view! {
                <a class=class href=post_mortem_of(id)>
                    <Icon path=FILE/>
                    {if is_written { "Read the post-mortem" } else { "Write the post-mortem" }}
                </a>
            }
            .into_markup()
        }
    };
    let is_next = incident.stage == IncidentStage::Mitigated;
    let goes_on = (incident.stage < IncidentStage::Resolved).then(|| view! { <Escalate id=id/> <Resolve id=id is_next=is_next/> });
    view! { <div class="page-actions">{next} {goes_on}</div> }
}

#[component]
fn Resolve(id: IncidentId, is_next: bool) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class=if is_next { "button primary" } else { "button" }>
                <Icon path=CIRCLE_CHECK/>
                "Resolve"
            </summary>
            <div class="ask-body">
                <h2>"Resolve this incident?"</h2>
                <p>"What the console opened, a recovery resolves by itself. Resolved by hand, new failures are counted from nothing."</p>
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
                <ActionForm<NoteIncident> class="stack-small" stay=true>
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
