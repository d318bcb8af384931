//! What a runbook was, and which lines each edit changed.

use domain::{
    error::{ErrorCode, UserError},
    ids::RunbookId,
    runbook::{KeptRunbook, RunbookVersion},
};
use engine::runbooks;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use similar::{ChangeTag, TextDiff};

use super::{LIST, path_of};
use crate::{
    authorize::in_scope,
    ui::{
        empty::Empty,
        icon::CHECKLIST,
        markup::IntoMarkup,
        page::{PageContent, page},
        time::Time,
    },
};

/// Lines around a change that are shown with it.
const AROUND: usize = 2;

#[component]
pub fn HistoryPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<RunbookId>) -> Result<PageContent, UserError> {
    let (runbook, versions) = in_scope(async move |scope| {
        let runbook = runbooks::get(&scope, id.ok_or(ErrorCode::RunbookNotFound)?).await?;
        let versions = runbooks::versions(&scope, runbook.id).await?;
        Ok((runbook, versions))
    })
    .await?;
    let KeptRunbook { id, name, .. } = runbook;
    Ok(PageContent::new(format!("History of {name}"), body(&name, versions)).under("Runbooks", LIST).under(name, path_of(id)))
}

fn body(name: &str, versions: Vec<RunbookVersion>) -> impl IntoView + use<> {
    let before = versions.iter().skip(1).map(|version| version.yaml.clone()).chain([String::new()]).collect::<Vec<_>>();
    let shown = versions.into_iter().zip(before).map(|(version, before)| card(version, &before)).collect::<Vec<_>>();
    let title = format!("History of “{name}”");
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">"What is carried out keeps the version that it was begun with."</p>
            </div>
        </div>
        <div class="stack">
            {if shown.is_empty() {
                view! { <div class="card"><Empty icon=CHECKLIST title="No history" text="This runbook comes with Switchboard, and changes with it."/></div> }.into_markup()
            } else {
                shown.into_markup()
            }}
        </div>
    }
}

fn card(version: RunbookVersion, before: &str) -> impl IntoView + use<> {
    let diff = TextDiff::from_lines(before, version.yaml.as_str());
    let lines = diff
        .grouped_ops(AROUND)
        .iter()
        .flatten()
        .flat_map(|operation| diff.iter_changes(operation))
        .map(|change| {
            let (class, sign) = match change.tag() {
                ChangeTag::Equal => ("", " "),
                ChangeTag::Insert => ("added", "+"),
                ChangeTag::Delete => ("removed", "-"),
            };
            view! { <span class=class>{format!("{sign} {}\n", change.value().trim_end_matches('\n'))}</span> }
        })
        .collect_view();
    view! {
        <section class="card">
            <header>
                <h2>{format!("Version {}", version.version)}</h2>
                <p>{version.by} " " <Time at=version.at/></p>
            </header>
            <pre class="diff" tabindex="0">{lines}</pre>
        </section>
    }
}
