//! One run: while it goes on, how far it is; once it has ended, its verdict and what was found.

use domain::{
    error::{ErrorCode, UserError},
    ids::{ProfileId, RunId},
};
use engine::{
    configure,
    diagnose::{queries, queries::RunQuery},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

mod about;
mod banner;
mod changes;
mod group;
mod groups;
mod head;
mod pack;

use self::{about::About, banner::Banner, changes::Changes, groups::Groups, head::Head, pack::Pack};
use super::{
    LIST,
    server_fns::SHOWN,
    verdict::subject,
    watch::{Progress, RunWatch},
};
use crate::{
    authorize::in_scope,
    ui::{
        filter::parsed,
        page::{PageContent, page},
    },
};

/// Which part of a long run is shown.
#[derive(Clone, Copy)]
pub struct Part {
    /// 1-based.
    pub page: u32,
    /// Only this connection.
    pub connection: Option<ProfileId>,
}

#[component]
pub fn RunPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("run").and_then(|id| id.parse().ok());
    let query = use_query_map();
    let map = &query.read_untracked();
    page(read(id, Part { page: parsed(map, "page").unwrap_or(1).clamp(1, 100_000), connection: parsed(map, "connection") }))
}

async fn read(id: Option<RunId>, part: Part) -> Result<PageContent, UserError> {
    let (looked, name, public_key) = in_scope(async move |scope| {
        let looked = queries::whole(&scope, id.ok_or(ErrorCode::RunNotFound)?, SHOWN).await?;
        let name = match (looked.run.connection_ids.as_slice(), looked.run.results.first()) {
            ([_], Some(result)) => Some(result.connection_name.clone()),
            ([only], None) => Some(configure::get(&scope, *only).await?.name),
            _ => None,
        };
        Ok((looked, name, scope.console().signer.public_key()))
    })
    .await?;
    let title = subject(&looked.run, name);
    Ok(PageContent::new(title.clone(), body(title, looked, part, public_key)).under("Diagnostics", LIST))
}

fn body(title: String, looked: RunQuery, part: Part, public_key: String) -> impl IntoView {
    let run = looked.run.clone();
    let watch = (!run.status.is_finished()).then(|| {
        view! {
            <div>
                <RunWatch first=Progress::from(run.clone())/>
                <noscript>
                    // The browser heeds it anywhere; with script the watch does better.
                    <meta http-equiv="refresh" content="5"/>
                    <p class="refresh">"This page loads itself again every 5 s. " <a href=super::path_of(run.id)>"Load it now"</a></p>
                </noscript>
            </div>
        }
    });
    view! {
        <Head title=title run=run/>
        {watch}
        <div id="run" data-refresh="">
            {looked.run.status.is_finished().then(|| ended(looked, part, public_key))}
        </div>
    }
}

fn ended(looked: RunQuery, part: Part, public_key: String) -> impl IntoView {
    let RunQuery { run, evidence, baselines } = looked;
    view! {
        <div class="columns">
            <div class="stack">
                <Banner run=run.clone()/>
                <Groups run=run.clone() evidence=evidence.clone() baselines=baselines.clone() part=part/>
            </div>
            <div class="stack">
                <Changes results=run.results.clone() baselines=baselines/>
                <Pack run=run.id evidence=evidence public_key=public_key/>
                <About run=run/>
            </div>
        </div>
    }
}
