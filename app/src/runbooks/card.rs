//! Runbooks beside an incident: those that are being carried out for it, and those that are for it.

use domain::{
    ids::IncidentId,
    permission::Permission,
    runbook::{
        KeptRunbook,
        execution::{Execution, ExecutionFilter},
    },
};
use engine::{
    OpsError, Scope,
    runbooks::{self, executions},
};
use leptos::prelude::*;

use super::{LIST, executions::ExecutionBadge, path_of, path_of_execution, server_fns::StartExecution};
use crate::{
    authorize::may,
    ui::{
        form::{ActionForm, Submit},
        icon::PLAY,
    },
};

/// Executions that the card shows, the newest first.
const SHOWN: u32 = 5;

/// What the card shows of one incident.
pub struct RunbooksOf {
    offered: Vec<KeptRunbook>,
    executions: Vec<Execution>,
}

impl RunbooksOf {
    /// # Errors
    /// The database failed.
    pub async fn read(scope: &Scope, incident: IncidentId) -> Result<Self, OpsError> {
        let filter = ExecutionFilter { incident: Some(incident), ..ExecutionFilter::default() };
        Ok(Self { offered: runbooks::offered_for(scope, incident).await?, executions: executions::list(scope, filter, SHOWN, None).await?.0 })
    }
}

#[component]
pub fn RunbookCard(incident: IncidentId, runbooks: RunbooksOf) -> impl IntoView {
    let RunbooksOf { offered, executions } = runbooks;
    let none = offered.is_empty() && executions.is_empty();
    let executed = executions
        .into_iter()
        .map(|execution| {
            view! {
                <li>
                    <a href=path_of_execution(execution.id)>{execution.name}</a>
                    <ExecutionBadge status=execution.status/>
                </li>
            }
        })
        .collect_view();
    let begins = may(Permission::RunRunbooks);
    let offered = offered
        .into_iter()
        .enumerate()
        .map(|(place, runbook)| {
            let form = begins.then(|| {
                view! {
                    <ActionForm<StartExecution>>
                        <input type="hidden" name="runbook_id" value=runbook.id.to_string()/>
                        <input type="hidden" name="incident_id" value=incident.to_string()/>
                        <Submit label="Begin" progress="Beginning…" icon=PLAY class=if place == 0 { "small primary" } else { "small" }/>
                    </ActionForm<StartExecution>>
                }
            });
            view! {
                <li>
                    <a href=path_of(runbook.id)>{runbook.name}</a>
                    {form}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="runbooks" id="incident-runbooks" data-refresh="">
            <header>
                <h2 id="runbooks">"Runbooks"</h2>
                <a href=LIST>"All"</a>
            </header>
            {if none {
                view! { <p class="body quiet">"None is written for this. Choose one from the list, or write one."</p> }.into_any()
            } else {
                view! { <ul class="runbook-offers">{executed} {offered}</ul> }.into_any()
            }}
        </section>
    }
}
