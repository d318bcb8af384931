//! The form of a run: over which connections, and through which scenarios.

use std::collections::BTreeMap;

use domain::{
    error::UserError,
    ids::ProfileId,
    kind::{Depth, KindId},
    listing::{Filter, Page, Sort},
    permission::Permission,
    profile::ServiceConnectionProfile,
};
use engine::connections;
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

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
/// Connections that stay chosen through a search.
const MOST_CARRIED: usize = 200;
/// Names of inputs.
const SCOPE: &str = "scope";
const CHOSEN: &str = "connection_ids[]";

#[component]
pub fn NewRunPage() -> impl IntoView {
    let query = use_query_map().read_untracked();
    page(read(searched(&query), held(&query)))
}

/// What stands in the form, once it was tried; else what was chosen before a search for more (`unsaved.js`).
fn held(query: &ParamsMap) -> FormState {
    let refused = FormState::of::<StartDiagnostics>();
    let given = |name: &'static str| query.get_all(name).unwrap_or_default().into_iter().map(move |value| (name.to_owned(), value));
    let values: Vec<_> = [SCOPE, CHOSEN, "scenarios[]", "release"].into_iter().flat_map(given).collect();
    let is_whole = values.iter().any(|(name, _)| name == SCOPE);
    if refused.is_refused() || !is_whole { refused } else { FormState::holding(values) }
}

async fn read(q: Option<String>, form_state: FormState) -> Result<PageContent, UserError> {
    let filter = Filter { q: q.clone(), ..Filter::default() };
    let chosen: Vec<ProfileId> = form_state.all(CHOSEN).filter_map(|id| id.parse().ok()).take(MOST_CARRIED).collect();
    let found = in_scope(async move |scope| {
        scope.authorize(Permission::RunDiagnostics)?;
        let mut found = connections::list(&scope, &filter, Sort::Name, 1, SHOWN).await?;
        for id in chosen.into_iter().rev() {
            if found.items.iter().all(|connection| connection.id != id)
                && let Ok(connection) = connections::get(&scope, id).await
            {
                found.items.insert(0, connection);
            }
        }
        Ok(found)
    })
    .await?;
    Ok(PageContent::new("Run diagnostics", body(q.unwrap_or_default(), found, form_state)).under("Diagnostics", LIST))
}

fn body(q: String, found: Page, form_state: FormState) -> impl IntoView {
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
            view! { <Choosing q=q found=found form_state=form_state/> }.into_markup()
        }}
    }
}

#[component]
fn Choosing(q: String, found: Page, form_state: FormState) -> impl IntoView {
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
                    <SegmentsField about=About::new(SCOPE, "Which") form_state=form_state.clone() value="chosen" choices=scopes/>
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
            <input type="checkbox" name=CHOSEN checked=form_state.chose(CHOSEN, &id) value=id.clone()/>
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
