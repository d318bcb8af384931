//! The form of a run: over which connections, and through which scenarios.

use std::collections::BTreeMap;

use domain::{
    error::UserError,
    kind::{Depth, KindId},
    listing::{Filter, Page, Sort},
    permission::Permission,
    profile::ServiceConnectionProfile,
};
use engine::connections;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    LIST, NEW,
    server_fns::{Scope, StartDiagnostics},
    start::{release, selection_error},
};
use crate::{
    authorize::in_scope,
    connections::{
        LIST as CONNECTIONS,
        kind::{KindName, descriptor, title_of},
    },
    ui::{
        badge::EnvironmentBadge,
        empty::Empty,
        field::{About, SegmentsField},
        filter::{FilterFrame, SearchInput, searched},
        form::{ActionForm, FormState, Submit},
        icon::{PLAY, PLUG},
        markup::IntoMarkup,
        page::{PageContent, page},
    },
};

/// Connections to choose from at a time; a search finds the others.
const SHOWN: u32 = 200;

#[component]
pub fn NewRunPage() -> impl IntoView {
    page(read(searched(&use_query_map().read_untracked())))
}

async fn read(q: Option<String>) -> Result<PageContent, UserError> {
    let filter = Filter { q: q.clone(), ..Filter::default() };
    let found = in_scope(async move |scope| {
        scope.authorize(Permission::RunDiagnostics)?;
        connections::list(&scope, &filter, Sort::Name, 1, SHOWN).await
    })
    .await?;
    Ok(PageContent::new("Run diagnostics", body(q.unwrap_or_default(), found)).under("Diagnostics", LIST))
}

fn body(q: String, found: Page) -> impl IntoView {
    let nothing_yet = found.total == 0 && q.is_empty();
    view! {
        <div class="page-head">
            <div>
                <h1>"Run diagnostics"</h1>
                <p class="lede">"Every scenario of the connections you choose, to its end, with evidence and one verdict."</p>
            </div>
        </div>
        {if nothing_yet {
            view! {
                <div class="card">
                    <Empty icon=PLUG title="No connections yet" text="There is nothing to diagnose before a service is connected.">
                        <a class="button primary" href=format!("{}/new", CONNECTIONS)>
                            "Add the first connection"
                        </a>
                    </Empty>
                </div>
            }
                .into_markup()
        } else {
            view! { <Choosing q=q found=found/> }.into_markup()
        }}
    }
}

#[component]
fn Choosing(q: String, found: Page) -> impl IntoView {
    let form_state = FormState::of::<StartDiagnostics>();
    let scopes = Scope::choices().collect();
    let scenarios = scenarios(&found.items, &form_state);
    let left_out = found.total - i64::from(SHOWN);
    let none = found.items.is_empty();
    let choices = found.items.into_iter().map(|connection| choice(connection, &form_state)).collect_view();
    view! {
        <FilterFrame list=NEW label="Connections" word="Search" is_filtered=!q.is_empty()>
            <SearchInput q=q.clone() label="Search connections to choose from" placeholder="Name, owner or tag"/>
        </FilterFrame>
        <ActionForm<StartDiagnostics> class="form choosing">
            <section class="card" aria-labelledby="which">
                <header>
                    <h2 id="which">"Connections"</h2>
                </header>
                <div class="form-section">
                    <SegmentsField about=About::new("scope", "Which") form_state=form_state.clone() value="chosen" choices=scopes/>
                    <fieldset class="picks">
                        <legend class="unseen">"Chosen connections"</legend>
                        {choices}
                        {none.then(|| view! { <p class="quiet">"Nothing matches this search."</p> })}
                        {(left_out > 0).then(|| view! { <p class="quiet">{format!("and {left_out} more: search to find them.")}</p> })}
                    </fieldset>
                    {selection_error(&form_state)}
                </div>
            </section>
            <details class="card group">
                <summary>
                    <h2>"Scenarios"</h2>
                    <span class="counts">"all, unless you choose some"</span>
                </summary>
                <fieldset class="picks in-card">
                    <legend class="unseen">"Scenarios to go through"</legend>
                    {scenarios}
                </fieldset>
            </details>
            <section class="card" aria-label="Release">
                <div class="form-section">{release(form_state)}</div>
            </section>
            <div class="form-end">
                <Submit label="Run diagnostics" progress="Starting…" icon=PLAY/>
                <a class="button plain" href=LIST>
                    "Cancel"
                </a>
            </div>
        </ActionForm<StartDiagnostics>>
    }
}

fn choice(connection: ServiceConnectionProfile, form_state: &FormState) -> impl IntoView + use<> {
    let id = connection.id.to_string();
    view! {
        <label class="pick">
            <input type="checkbox" name="connection_ids[]" checked=form_state.chose("connection_ids[]", &id) value=id.clone()/>
            <span>{connection.name}</span>
            <KindName kind=connection.kind/>
            <EnvironmentBadge environment=connection.environment/>
        </label>
    }
}

/// Every scenario of the kinds there are, with the kinds that have it.
fn scenarios(connections: &[ServiceConnectionProfile], form_state: &FormState) -> impl IntoView + use<> {
    let mut kinds: Vec<&KindId> = connections.iter().map(|connection| &connection.kind).collect();
    kinds.sort();
    kinds.dedup();
    let mut by_id: BTreeMap<&'static str, (&'static str, Vec<String>)> = BTreeMap::new();
    for kind in kinds {
        for scenario in descriptor(kind).iter().flat_map(|descriptor| descriptor.scenarios_to(Depth::Diagnose)) {
            by_id.entry(scenario.id).or_insert_with(|| (scenario.title, Vec::new())).1.push(title_of(kind));
        }
    }
    by_id
        .into_iter()
        .map(|(id, (title, kinds))| {
            view! {
                <label class="pick">
                    <input type="checkbox" name="scenarios[]" checked=form_state.chose("scenarios[]", id) value=id/>
                    <span>{title}</span>
                    <span class="quiet small">{kinds.join(", ")}</span>
                </label>
            }
        })
        .collect_view()
}
