//! One runbook: its steps, the way to carry it out, and when that was done.

use domain::{
    error::{ErrorCode, UserError},
    ids::{IncidentId, ProfileId, RunbookId},
    listing::{Filter, Sort},
    permission::Permission,
    runbook::{
        KeptRunbook, RunbookStep,
        execution::{Execution, ExecutionFilter},
    },
};
use engine::{
    connections,
    runbooks::{self, executions},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    LIST,
    beside::{ForIncident, IncidentContext},
    executions::ExecutionTable,
    list::applies_to,
    path_of,
    server_fns::{RemoveRunbook, StartExecution},
};
use crate::{
    authorize::{in_scope, may},
    ui::{
        badge::environment_name,
        empty::Empty,
        field::{About, SelectField},
        form::{ActionForm, FormState, Submit},
        icon::{CHECKLIST, PLAY},
        markdown::Markdown,
        markup::IntoMarkup,
        page::{PageContent, page},
        remove::AskToRemove,
        url::query,
    },
};

/// Executions that the page shows, the newest first.
const SHOWN: u32 = 20;
/// Connections that can be chosen.
const CHOICES: u32 = 500;

struct PageData {
    runbook: KeptRunbook,
    executions: Vec<Execution>,
    /// Each with its name and environment; those of the kinds that it is for.
    connections: Vec<(ProfileId, String)>,
    /// The one that whoever came here looked at.
    chosen: Option<ProfileId>,
    /// What it is to be carried out for.
    incident: Option<IncidentContext>,
}

#[component]
pub fn RunbookPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    let query = use_query_map().read_untracked();
    let connection = query.get_str("connection_id").and_then(|id| id.parse().ok());
    let incident = query.get_str("incident_id").and_then(|id| id.parse().ok());
    page(read(id, connection, incident))
}

async fn read(id: Option<RunbookId>, chosen: Option<ProfileId>, incident: Option<IncidentId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let runbook = runbooks::get(&scope, id.ok_or(ErrorCode::RunbookNotFound)?).await?;
        let filter = ExecutionFilter { runbook: Some(runbook.id), ..ExecutionFilter::default() };
        let executions = executions::list(&scope, filter, SHOWN, None).await?.0;
        let kinds = &runbook.document.applies_to.kinds;
        let all = connections::list(&scope, &Filter::default(), Sort::Name, 1, CHOICES).await?.items;
        let fitting = all.into_iter().filter(|connection| kinds.is_empty() || kinds.contains(&connection.kind));
        let connections = fitting.map(|connection| (connection.id, format!("{}, {}", connection.name, environment_name(connection.environment)))).collect();
        let incident = IncidentContext::of(&scope, incident).await?;
        Ok(PageData { runbook, executions, connections, chosen, incident })
    })
    .await?;
    Ok(PageContent::new(data.runbook.name.clone(), body(data)).under("Runbooks", LIST))
}

fn body(data: PageData) -> impl IntoView {
    let PageData { runbook, executions, connections, chosen, incident } = data;
    let (id, shipped) = (runbook.id, runbook.shipped);
    let from = if shipped { "Comes with Switchboard".to_owned() } else { format!("Version {}", runbook.version) };
    let by = runbook.updated_by.clone().map(|by| view! { <span class="quiet small">{format!("by {by}")}</span> });
    let needs_connection = runbook.document.steps.iter().any(|step| step.action.needs_a_connection());
    let steps = runbook.document.steps.iter().cloned().map(step).collect_view();
    let end = (!shipped && may(Permission::ManageRunbooks)).then(|| view! { <End id=id name=runbook.name.clone()/> });
    view! {
        <div class="page-head">
            <div>
                <h1>{runbook.name.clone()}</h1>
                <p class="facts">
                    <span class="tag">{from}</span>
                    {by}
                    <span class="quiet small">{applies_to(&runbook)}</span>
                </p>
            </div>
            <div class="buttons">{may(Permission::ManageRunbooks).then(|| view! { <Changes id=id shipped=shipped/> })}</div>
        </div>
        <div class="columns">
            <div class="stack">
                <Markdown text=runbook.document.description.clone()/>
                <section class="card" aria-labelledby="steps">
                    <header>
                        <h2 id="steps">"Steps"</h2>
                    </header>
                    <ol class="procedure">{steps}</ol>
                </section>
                {end}
            </div>
            <div class="stack">
                {may(Permission::RunRunbooks).then(|| view! { <Begin id=id connections=connections chosen=chosen incident=incident looks=needs_connection/> })}
                <section class="card table-box" aria-labelledby="executions">
                    <header>
                        <h2 id="executions">"Carried out"</h2>
                    </header>
                    {if executions.is_empty() {
                        view! { <Empty icon=CHECKLIST title="Not yet" text="Each time that it is carried out stands here, with what came of each step."/> }.into_markup()
                    } else {
                        view! { <ExecutionTable executions=executions/> }.into_markup()
                    }}
                </section>
            </div>
        </div>
    }
}

/// The ways to change it; what comes with the console is copied first.
#[component]
fn Changes(id: RunbookId, shipped: bool) -> impl IntoView {
    if shipped {
        return view! {
            <a class="button" href=format!("{LIST}/new{}", query([("from", id.to_string().as_str())]))>
                "Make it our own"
            </a>
        }
        .into_markup();
    }
    view! {
        <a class="button" href=format!("{}/edit", path_of(id))>
            "Edit"
        </a>
        <a class="button" href=format!("{}/history", path_of(id))>
            "History"
        </a>
    }
    .into_markup()
}

fn step(step: RunbookStep) -> impl IntoView {
    view! {
        <li>
            <div class="procedure-head">
                <strong>{step.title}</strong>
                <span class="quiet small">{step.action.words()}</span>
            </div>
            <Markdown text=step.text/>
        </li>
    }
}

#[component]
fn Begin(
    id: RunbookId,
    connections: Vec<(ProfileId, String)>,
    chosen: Option<ProfileId>,
    incident: Option<IncidentContext>,
    /// Whether steps are on a connection.
    looks: bool,
) -> impl IntoView {
    let required = looks && incident.is_none();
    let (none, hint) = match &incident {
        None if required => ("Choose a connection", "What its steps are about."),
        Some(IncidentContext { connection_id: Some(_), .. }) => ("That of the incident", "What its steps are about."),
        Some(_) if looks => ("None", "What its steps are about. Without one, you answer for those that the console would do on it."),
        _ => ("None", "What its steps are about."),
    };
    let form_state = FormState::of::<StartExecution>();
    let chosen = chosen.filter(|chosen| connections.iter().any(|(id, _)| id == chosen)).map(|chosen| chosen.to_string()).unwrap_or_default();
    let choices = std::iter::once((String::new(), none.to_owned())).chain(connections.into_iter().map(|(id, name)| (id.to_string(), name))).collect();
    let about = About::new("connection_id", "Connection").hint(hint);
    view! {
        <section class="card" aria-labelledby="begin">
            <header>
                <h2 id="begin">"Carry it out"</h2>
            </header>
            <ActionForm<StartExecution>>
                <div class="form-section">
                    <input type="hidden" name="runbook_id" value=id.to_string()/>
                    {incident
                        .map(|incident| {
                            view! {
                                <input type="hidden" name="incident_id" value=incident.id.to_string()/>
                                <ForIncident incident=incident/>
                            }
                        })}
                    <SelectField about=if required { about.required() } else { about } form_state=form_state value=chosen choices=choices/>
                    <Submit label="Begin" progress="Beginning…" icon=PLAY/>
                </div>
            </ActionForm<StartExecution>>
        </section>
    }
}

#[component]
fn End(id: RunbookId, name: String) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="end">
            <header>
                <h2 id="end">"No longer needed"</h2>
            </header>
            <div class="body stack">
                <p>"What was carried out by it stays."</p>
                <div class="buttons">
                    <AskToRemove<RemoveRunbook> id=id.to_string() name=name consequence="Its history goes with it."/>
                </div>
            </div>
        </section>
    }
}
