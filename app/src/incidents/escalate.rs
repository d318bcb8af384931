//! The next level at once, and whoever is to hear of a suspected breach.

use domain::ids::IncidentId;
use leptos::prelude::*;

use crate::{
    on_call::server_fns::{EscalateIncident, ReportBreach},
    ui::{
        form::{ActionForm, Submit},
        icon::{BELL, Icon},
    },
};

#[component]
pub fn Escalate(id: IncidentId) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button">
                <Icon path=BELL/>
                "Escalate"
            </summary>
            <div class="ask-body">
                <h2>"Tell somebody else now?"</h2>
                <p>"The next level of the escalation is told at once. A suspected breach is told to whoever is called Security, or else on every channel."</p>
                <div class="buttons">
                    <ActionForm<EscalateIncident> stay=true>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Submit label="Tell the next level" progress="Telling…"/>
                    </ActionForm<EscalateIncident>>
                    <ActionForm<ReportBreach> stay=true>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Submit label="Suspected breach" progress="Telling…" class="danger"/>
                    </ActionForm<ReportBreach>>
                </div>
            </div>
        </details>
    }
}
