//! Runbooks beside what fails: those that are for it, and beside an incident those that are being carried out for it.

use domain::{
    ids::{IncidentId, ProfileId},
    incident::{Incident, IncidentStatus},
    permission::Permission,
    runbook::{
        KeptRunbook,
        execution::{Execution, ExecutionFilter},
    },
};
use engine::{
    OpsError, Scope,
    runbooks::{executions, offers},
};
use leptos::prelude::*;

use super::{LIST, executions::ExecutionBadge, path_beside, path_of, path_of_execution, server_fns::StartExecution};
use crate::{
    authorize::may,
    ui::{
        form::{ActionForm, Submit},
        icon::PLAY,
        markup::IntoMarkup,
    },
};

/// Executions that the card shows, the newest first.
const SHOWN: u32 = 5;
/// Offers beside a connection.
const BESIDE_A_CONNECTION: usize = 3;

/// What the card shows.
pub struct RunbooksOf {
    subject: Subject,
    offered: Vec<KeptRunbook>,
    executions: Vec<Execution>,
}

/// What they are for.
#[derive(Clone, Copy)]
enum Subject {
    /// The first offer is the next step where it is known what fails.
    Incident {
        id: IncidentId,
        has_connection: bool,
        /// Then nothing is begun for it any longer.
        is_over: bool,
    },
    Connection(ProfileId),
}

impl RunbooksOf {
    /// # Errors
    /// The database failed.
    pub async fn incident(scope: &Scope, incident: &Incident) -> Result<Self, OpsError> {
        let filter = ExecutionFilter { incident: Some(incident.id), ..ExecutionFilter::default() };
        let executions = executions::list(scope, filter, SHOWN, None).await?.0;
        let mut offered = offers::for_incident(scope, incident.id).await?;
        // What is being carried out already is gone on with.
        offered.retain(|runbook| !executions.iter().any(|execution| execution.runbook_id == runbook.id && !execution.status.is_over()));
        Ok(Self {
            subject: Subject::Incident {
                id: incident.id,
                has_connection: incident.connection_id.is_some(),
                is_over: incident.status == IncidentStatus::Resolved,
            },
            offered,
            executions,
        })
    }

    /// Nothing while it is well.
    ///
    /// # Errors
    /// There is no such connection, or the database failed.
    pub async fn connection(scope: &Scope, connection: ProfileId) -> Result<Option<Self>, OpsError> {
        let offered = offers::while_it_fails(scope, connection).await?;
        Ok(offered.map(|mut offered| {
            offered.truncate(BESIDE_A_CONNECTION);
            Self { subject: Subject::Connection(connection), offered, executions: Vec::new() }
        }))
    }
}

#[component]
pub fn RunbookCard(runbooks: RunbooksOf) -> impl IntoView {
    let RunbooksOf { subject, offered, executions } = runbooks;
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
    let begins = may(Permission::RunRunbooks) && !matches!(subject, Subject::Incident { is_over: true, .. });
    let (name, value, incident) = match subject {
        Subject::Incident { id, .. } => ("incident_id", id.to_string(), Some(id)),
        Subject::Connection(id) => ("connection_id", id.to_string(), None),
    };
    let offered = offered
        .into_iter()
        .enumerate()
        .map(|(place, runbook)| {
            let is_next = place == 0 && matches!(subject, Subject::Incident { has_connection: true, .. });
            let value = value.clone();
            let form = begins.then(|| {
                view! {
                    <ActionForm<StartExecution>>
                        <input type="hidden" name="runbook_id" value=runbook.id.to_string()/>
                        <input type="hidden" name=name value=value/>
                        <Submit label="Begin" progress="Beginning…" icon=PLAY class=if is_next { "small primary" } else { "small" }/>
                    </ActionForm<StartExecution>>
                }
            });
            view! {
                <li>
                    <a href=path_beside(&path_of(runbook.id), incident)>{runbook.name}</a>
                    {form}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="runbooks" id="runbooks-of" data-refresh="">
            <header>
                <h2 id="runbooks">"Runbooks"</h2>
                <a href=path_beside(LIST, incident)>"All"</a>
            </header>
            {if none {
                view! { <p class="body quiet">"None is written for this. Choose one from the list, or write one."</p> }.into_markup()
            } else {
                view! { <ul class="runbook-offers">{executed} {offered}</ul> }.into_markup()
            }}
        </section>
    }
}
