//! Every runbook, and what is being carried out now.

use domain::{
    error::UserError,
    ids::IncidentId,
    permission::Permission,
    runbook::{KeptRunbook, execution::Execution, execution::ExecutionFilter},
};
use engine::runbooks::{self, executions};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    LIST,
    beside::{ForIncident, IncidentContext},
    executions::ExecutionTable,
    path_beside, path_of,
};
use crate::{
    authorize::{in_scope, may},
    ui::{
        icon::{Icon, PLUS},
        live::Live,
        page::{PageContent, page},
        table::{DataTable, heads},
    },
};

/// Executions that are looked at for those that are not over.
const LOOKED_AT: u32 = 100;

#[component]
pub fn RunbooksPage() -> impl IntoView {
    let incident = use_query_map().read_untracked().get_str("incident_id").and_then(|id| id.parse().ok());
    page(read(incident))
}

async fn read(incident: Option<IncidentId>) -> Result<PageContent, UserError> {
    let (incident, all, latest) = in_scope(async move |scope| {
        let incident = IncidentContext::of(&scope, incident).await?;
        let latest = executions::list(&scope, ExecutionFilter::default(), LOOKED_AT, None).await?.0;
        Ok((incident, runbooks::list(&scope).await?, latest))
    })
    .await?;
    let open = latest.into_iter().filter(|execution| !execution.status.is_over()).collect();
    Ok(PageContent::new("Runbooks", body(incident, all, open)))
}

fn body(incident: Option<IncidentContext>, all: Vec<KeptRunbook>, open: Vec<Execution>) -> impl IntoView {
    let beside = incident.as_ref().map(|incident| incident.id);
    let rows = all.into_iter().map(|runbook| row(runbook, beside)).collect_view();
    view! {
        <div class="page-head">
            <div>
                <h1>"Runbooks"</h1>
                <p class="lede">"What to do about it, step by step. The console does what it can by itself."</p>
                {incident.map(|incident| view! { <ForIncident incident=incident/> })}
            </div>
            <Live/>
            <div class="buttons">
                {may(Permission::ManageRunbooks)
                    .then(|| {
                        view! {
                            <a class="button primary" href=format!("{LIST}/new")>
                                <Icon path=PLUS/>
                                "New runbook"
                            </a>
                        }
                    })}
            </div>
        </div>
        <div class="stack">
            <div id="open-executions" data-refresh="">
                {(!open.is_empty())
                    .then(|| {
                        view! {
                            <section class="card table-box" aria-labelledby="open">
                                <header>
                                    <h2 id="open">"Being carried out"</h2>
                                </header>
                                <ExecutionTable executions=open/>
                            </section>
                        }
                    })}
            </div>
            <div class="card table-box">
                <DataTable caption="Runbooks" heads=heads(["Runbook", "For", "Steps", "From"])>
                    {rows}
                </DataTable>
            </div>
        </div>
    }
}

fn row(runbook: KeptRunbook, incident: Option<IncidentId>) -> impl IntoView {
    let from = if runbook.shipped { "Switchboard".to_owned() } else { format!("Your team, version {}", runbook.version) };
    let first_line = runbook.document.description.lines().next().unwrap_or_default().to_owned();
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=path_beside(&path_of(runbook.id), incident)>
                    {runbook.name.clone()}
                </a>
                <div class="quiet small">{first_line}</div>
            </td>
            <td role="cell" class="line">
                {applies_to(&runbook)}
            </td>
            <td role="cell" data-label="Steps">
                {runbook.document.steps.len()}
            </td>
            <td role="cell" data-label="From">
                {from}
            </td>
        </tr>
    }
}

/// `postgres · too_many_connections, timed_out`
pub fn applies_to(runbook: &KeptRunbook) -> String {
    let applies_to = &runbook.document.applies_to;
    let kinds = applies_to.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let trigger = runbook.document.trigger.map(|trigger| trigger.to_string().replace('_', " ")).unwrap_or_default();
    let causes = applies_to.causes.iter().map(|cause| cause.replace('_', " ")).collect::<Vec<_>>().join(", ");
    let said = [trigger, kinds, causes, applies_to.tags.join(", ")];
    said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
