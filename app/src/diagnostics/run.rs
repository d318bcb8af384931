//! The page of one run: its panel, and what reads it again where there is no script.

use domain::{
    diagnostic::DiagnosticTestRun,
    error::{ErrorCode, UserError},
    ids::RunId,
    run_page::RunPageQuery,
};
use engine::{OpsError, Scope, connections};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

mod changes;
mod data;
mod lines;
pub mod read;
mod words;

use self::{
    data::RunData,
    read::{comparable, read_data},
};
use super::{
    LIST,
    panel::{RunPanel, fixed::RunFrame},
    path_of,
    verdict::subject,
};
use crate::{
    authorize::in_scope,
    ui::page::{PageContent, page},
};

#[component]
pub fn RunPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("run").and_then(|id| id.parse().ok());
    let query = RunPageQuery::read(&|name| use_query_map().read_untracked().get_str(name).map(str::to_owned));
    page(read(id, query))
}

async fn read(id: Option<RunId>, query: RunPageQuery) -> Result<PageContent, UserError> {
    let asked = query.clone();
    let (data, frame) = in_scope(async move |scope| {
        let data = read_data(&scope, id.ok_or(ErrorCode::RunNotFound)?, &asked).await?;
        let frame = frame(&scope, &data, asked).await?;
        Ok((data, frame))
    })
    .await?;
    Ok(PageContent::new(frame.title.clone(), body(&data, &query, frame)).under("Diagnostics", LIST))
}

async fn frame(scope: &Scope, data: &RunData, query: RunPageQuery) -> Result<RunFrame, OpsError> {
    let earlier = comparable(scope, data).await?;
    let run = DiagnosticTestRun { results: Vec::new(), ..data.run.clone() };
    let name = match (run.connection_ids.as_slice(), data.run.results.first()) {
        ([_], Some(result)) => Some(result.connection_name.clone()),
        ([only], None) => Some(connections::get(scope, *only).await?.name),
        _ => None,
    };
    Ok(RunFrame { title: subject(&run, name), run, query, earlier, public_key: scope.console().signer.public_key() })
}

fn body(data: &RunData, query: &RunPageQuery, frame: RunFrame) -> impl IntoView + use<> {
    provide_context(frame);
    let run = &data.run;
    let mut first = data.page(query);
    // Who opens the page reads it; only an end that comes later is announced.
    first.words.announced = String::new();
    let reading_again = (!run.status.is_finished()).then(|| {
        view! {
            <noscript>
                // The browser heeds it anywhere; with script the panel does better.
                <meta http-equiv="refresh" content="5"/>
                <p class="refresh">"This page loads itself again every 5 s. " <a href=path_of(run.id)>"Load it now"</a></p>
            </noscript>
        }
    });
    view! {
        <RunPanel id=run.id first=first/>
        {reading_again}
    }
}
