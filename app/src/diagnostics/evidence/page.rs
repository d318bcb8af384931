//! One artefact, shown as text and never as what it says it is.

use domain::{
    error::{ErrorCode, UserError},
    evidence::Evidence,
    ids::{EvidenceId, RunId},
    profile::ServiceConnectionProfile,
};
use engine::{connections, evidence};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{size, text::shown};
use crate::{
    authorize::in_scope,
    connections::path_of as connection_path,
    diagnostics::{LIST, path_of},
    ui::{
        icon::{DOWNLOAD, Icon},
        page::{PageContent, page},
        time::Time,
    },
};

#[component]
pub fn EvidencePage() -> impl IntoView {
    let params = use_params_map();
    let map = params.read_untracked();
    page(read(map.get("run").and_then(|id| id.parse().ok()), map.get("id").and_then(|id| id.parse().ok())))
}

async fn read(run: Option<RunId>, id: Option<EvidenceId>) -> Result<PageContent, UserError> {
    let (row, text, connection, title) = in_scope(async move |scope| {
        let (row, bytes) = evidence::read(&scope, id.ok_or(ErrorCode::EvidenceNotFound)?).await?;
        if run != Some(row.run_id) {
            return Err(ErrorCode::EvidenceNotFound.into());
        }
        let connection = connections::get(&scope, row.connection_id).await?;
        let kind = scope.console().kinds.get(&connection.kind);
        let scenario = kind.as_ref().and_then(|kind| kind.descriptor().scenarios.iter().find(|scenario| scenario.id == row.scenario));
        let title = scenario.map_or_else(|| row.scenario.clone(), |scenario| scenario.title.to_owned());
        Ok((row, shown(&bytes), connection, title))
    })
    .await?;
    let run = path_of(row.run_id);
    Ok(PageContent::new(row.name.clone(), body(row, text, connection, title)).under("Diagnostics", LIST).under("Run", run))
}

fn body(row: Evidence, text: String, connection: ServiceConnectionProfile, scenario: String) -> impl IntoView {
    let in_pack = row.pack_path();
    let address = format!("/api/diagnostics/evidence/{}", row.id);
    view! {
        <div class="page-head">
            <div>
                <h1>{row.name.clone()}</h1>
                <p class="lede">
                    {format!("What “{scenario}” kept of ")} <a href=connection_path(connection.id)>{connection.name}</a>
                </p>
            </div>
            <div class="page-actions">
                <a class="button" href=address download=row.name.clone()>
                    <Icon path=DOWNLOAD/>
                    "Download"
                </a>
            </div>
        </div>
        <div class="stack">
            <section class="card" aria-label="Artefact">
                <pre class="artefact" tabindex="0">{text}</pre>
            </section>
            <section class="card" aria-labelledby="about">
                <header>
                    <h2 id="about">"About this artefact"</h2>
                </header>
                <div class="body">
                    <dl class="facts-list">
                        <dt>"Says it is"</dt>
                        <dd class="mono">{row.media_type}</dd>
                        <dt>"Size"</dt>
                        <dd>{size(row.bytes)}</dd>
                        <dt>"SHA-256"</dt>
                        <dd class="mono">{row.sha256}</dd>
                        <dt>"Kept"</dt>
                        <dd><Time at=row.created_at/></dd>
                        <dt>"In the pack"</dt>
                        <dd class="mono">{in_pack}</dd>
                    </dl>
                </div>
            </section>
        </div>
    }
}
