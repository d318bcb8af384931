//! How urgent an incident is and who has it: two forms, neither of which loses what is typed into the other.

use domain::{incident::Incident, severity::IncidentSeverity};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::server_fns::{ChangeSeverity, HandOver};
use crate::ui::{
    field::{About, AreaField, SelectField, TextField},
    form::{ActionForm, FormState, Submit},
};

/// Value and word of each.
pub fn severities() -> Vec<(String, String)> {
    let word = |severity| match severity {
        IncidentSeverity::P1 => "P1: complete outage",
        IncidentSeverity::P2 => "P2: a significant feature is broken",
        IncidentSeverity::P3 => "P3: limited impact",
        IncidentSeverity::P4 => "P4: potential issue",
    };
    IncidentSeverity::iter().map(|severity| (severity.to_string(), word(severity).to_owned())).collect()
}

#[component]
pub fn Handling(incident: Incident) -> impl IntoView {
    let (severity, owner) = (FormState::of::<ChangeSeverity>(), FormState::of::<HandOver>());
    let is_open = severity.is_refused() || owner.is_refused();
    let id = incident.id;
    view! {
        <details class="card folded screen-only" open=is_open>
            <summary>
                <h2>"Urgency and owner"</h2>
            </summary>
            <div class="body stack">
                <ActionForm<ChangeSeverity> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <SelectField about=About::new("severity", "Urgency") form_state=severity.clone() value=incident.severity.to_string() choices=severities()/>
                    <AreaField about=About::new("reason", "Reason").hint("It stands on the time line.").required() form_state=severity/>
                    <div class="buttons">
                        <Submit label="Change urgency" progress="Changing…" class=""/>
                    </div>
                </ActionForm<ChangeSeverity>>
                <ActionForm<HandOver> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextField
                        about=About::new("owner", "Owner").hint("Who has it from now on.").optional()
                        form_state=owner
                        value=incident.owner.unwrap_or_default()
                    />
                    <div class="buttons">
                        <Submit label="Hand over" progress="Handing over…" class=""/>
                    </div>
                </ActionForm<HandOver>>
            </div>
        </details>
    }
}
