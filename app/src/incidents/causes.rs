//! What many incidents have in common, in one line each, and one press for all of them.

use domain::{incident::SharedCause, permission::Permission};
use leptos::prelude::*;

use super::server_fns::AcknowledgeAlike;
use crate::{
    authorize::may,
    ui::{
        form::{ActionForm, Submit},
        icon::{CHECK, CIRCLE_CROSS, Icon},
    },
};

/// More causes than this say no more than the list itself.
const SHOWN: usize = 3;

#[component]
pub fn SharedCauses(causes: Vec<SharedCause>) -> impl IntoView {
    causes.into_iter().take(SHOWN).map(line).collect_view()
}

fn line(shared: SharedCause) -> impl IntoView {
    let SharedCause { cause, count, open } = shared;
    let told = cause.clone();
    let acknowledge = (open > 0 && may(Permission::HandleIncidents)).then(|| {
        view! {
            <ActionForm<AcknowledgeAlike> stay=true>
                <input type="hidden" name="cause" value=cause/>
                <Submit label=format!("Acknowledge all {open}") progress="Acknowledging…" class="small" icon=CHECK/>
            </ActionForm<AcknowledgeAlike>>
        }
    });
    let taken_on = (open == 0).then_some(" All are acknowledged.");
    let class = if open > 0 { "notice bad" } else { "notice warn" };
    view! {
        <div class=class>
            <Icon path=CIRCLE_CROSS/>
            <p class="grow">
                <strong>{format!("{count} down, one cause: ")}</strong>
                {told}
                {taken_on}
            </p>
            {acknowledge}
        </div>
    }
}
