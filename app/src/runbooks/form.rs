//! The document of a runbook as text, with what is wrong beside its lines. A plain form: it is read whole by the server, with script or without.

use domain::{
    error::{ErrorCode, UserError},
    ids::RunbookId,
    permission::Permission,
    runbook::{KeptRunbook, Problem},
};
use engine::runbooks::{self, read};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{LIST, path_of, server_fns::SaveRunbook};
use crate::{
    action::form_address,
    authorize::in_scope,
    ui::{
        draft::ShownTo,
        form::{FormState, Submit},
        icon::{ALERT, Icon},
        page::{PageContent, page},
        url::here,
    },
};

/// What a new runbook begins as.
const BLANK: &str = "name: \ndescription: |\n  When this is to be done.\napplies_to: { kinds: [], causes: [] }\nsteps:\n  - title: \n    text: |\n      What to do.\n    do: manual\n";

#[component]
pub fn NewRunbookPage() -> impl IntoView {
    let from = use_query_map().read_untracked().get("from").and_then(|id| id.parse().ok());
    page(read_new(from))
}

#[component]
pub fn EditRunbookPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read_edit(id))
}

async fn read_new(from: Option<RunbookId>) -> Result<PageContent, UserError> {
    let yaml = in_scope(async move |scope| {
        scope.authorize(Permission::ManageRunbooks)?;
        Ok(match from {
            Some(id) => runbooks::get(&scope, id).await?.yaml,
            None => BLANK.to_owned(),
        })
    })
    .await?;
    Ok(PageContent::new("New runbook", body("New runbook".to_owned(), None, yaml)).under("Runbooks", LIST))
}

async fn read_edit(id: Option<RunbookId>) -> Result<PageContent, UserError> {
    let runbook = in_scope(async move |scope| {
        scope.authorize(Permission::ManageRunbooks)?;
        runbooks::get(&scope, id.ok_or(ErrorCode::RunbookNotFound)?).await
    })
    .await?;
    let KeptRunbook { id, name, version, yaml, .. } = runbook;
    let content = PageContent::new(format!("Edit {name}"), body(format!("Edit “{name}”"), Some((id, version)), yaml));
    Ok(content.under("Runbooks", LIST).under(name, path_of(id)))
}

fn body(title: String, stands: Option<(RunbookId, i64)>, yaml: String) -> impl IntoView {
    let form_state = FormState::of::<SaveRunbook>();
    let yaml = form_state.text("yaml", yaml);
    let problems = if form_state.is_refused() { read::problems(&yaml) } else { Vec::new() };
    let invalid = (!problems.is_empty()).then_some("true");
    let refused = form_state.error("name").filter(|_| problems.is_empty());
    let address = form_address::<SaveRunbook>(&here());
    let rows = yaml.lines().count().clamp(12, 40).to_string();
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">
                    "One YAML document: a name, what it applies to, and steps. docs/runbooks.md says what a step can do; "
                    <a href="/api/runbooks/schema.json">"its schema"</a> " is for editors."
                </p>
            </div>
        </div>
        <div class="stack">
            {refused.map(|text| view! { <div class="notice warn" role="alert"><Icon path=ALERT/><p>{text}</p></div> })}
            {(!problems.is_empty()).then(|| view! { <Faults yaml=yaml.clone() problems=problems/> })}
            <section class="card" aria-label="Document">
                <form method="post" action=address novalidate>
                    <ShownTo/>
                    <div class="form-section">
                        {stands
                            .map(|(id, version)| {
                                view! {
                                    <input type="hidden" name="id" value=id.to_string()/>
                                    <input type="hidden" name="version" value=version.to_string()/>
                                }
                            })}
                        <div class="field">
                            <label for="yaml">"Document"</label>
                            <textarea
                                class="input code document"
                                id="yaml"
                                name="yaml"
                                rows=rows
                                spellcheck="false"
                                autocapitalize="off"
                                aria-invalid=invalid
                                aria-describedby="faults"
                            >
                                {yaml}
                            </textarea>
                        </div>
                        <Submit label="Save" progress="Saving…"/>
                    </div>
                </form>
            </section>
        </div>
    }
}

/// The lines that are wrong, each with the reason under it.
#[component]
fn Faults(yaml: String, problems: Vec<Problem>) -> impl IntoView {
    let lines: Vec<&str> = yaml.lines().collect();
    let told = problems
        .into_iter()
        .map(|Problem { line, message }| {
            let text: String = lines.get(line.saturating_sub(1)).map(|text| text.chars().take(200).collect()).unwrap_or_default();
            view! {
                <li>
                    <code class="fault-line">
                        <span class="quiet">"Line "{line}": "</span>
                        {text}
                    </code>
                    <p>{message}</p>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="faults-head" id="faults" role="alert">
            <header>
                <h2 id="faults-head">"It was not saved"</h2>
            </header>
            <ul class="faults">{told}</ul>
        </section>
    }
}
