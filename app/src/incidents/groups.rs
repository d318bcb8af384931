//! What opened together, in one line each, and one press for all of it.

use domain::{incident::IncidentGroup, permission::Permission};
use leptos::prelude::*;

use super::server_fns::AcknowledgeGroup;
use crate::{
    authorize::may,
    ui::{
        form::{ActionForm, Submit},
        icon::{CHECK, CIRCLE_CROSS, Icon},
    },
};

/// More groups than this say no more than the list itself.
const SHOWN: usize = 3;

#[component]
pub fn Groups(groups: Vec<IncidentGroup>) -> impl IntoView {
    groups.into_iter().take(SHOWN).map(line).collect_view()
}

fn line(group: IncidentGroup) -> impl IntoView {
    let IncidentGroup { id, cause, causes, count, open } = group;
    let acknowledge = (open > 0 && may(Permission::HandleIncidents)).then(|| {
        view! {
            <ActionForm<AcknowledgeGroup> stay=true>
                <input type="hidden" name="id" value=id.to_string()/>
                <Submit label=format!("Acknowledge all {open}") progress="Acknowledging…" class="small" icon=CHECK/>
            </ActionForm<AcknowledgeGroup>>
        }
    });
    let cause = cause.trim_end_matches('.').to_owned();
    let taken_on = (open == 0).then_some(". All are acknowledged.");
    let class = if open > 0 { "notice bad" } else { "notice warn" };
    let together = if causes == 1 { format!("{count} down, one cause: ") } else { format!("{count} down together, {causes} causes, most of all: ") };
    view! {
        <div class=class>
            <Icon path=CIRCLE_CROSS/>
            <p class="grow">
                <strong>{together}</strong>
                {cause}
                {taken_on}
            </p>
            {acknowledge}
        </div>
    }
}
