//! `/search`: what was found, by sort.

use std::collections::HashMap;

use domain::{
    diagnostic::DiagnosticTestRun,
    error::UserError,
    error_event::ErrorEvent,
    folding::fold,
    ids::ProfileId,
    incident::ListedIncident,
    listing::Page,
    permission::Permission,
    profile::{ConnectionSummary, ServiceConnectionProfile, State},
};
use engine::search::{self, Found};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::PATH;
use crate::{
    SECOND_FACTOR,
    authorize::{in_scope, may},
    connections::{self, kind::KindName},
    diagnostics::{self, VerdictBadge, subject},
    errors,
    health::HealthBadge,
    incidents,
    incidents::IncidentBadge,
    notifications, profile,
    ui::{
        badge::{EnvironmentBadge, StateBadge},
        empty::Empty,
        filter::{FilterFrame, SearchInput, searched},
        icon::SEARCH,
        markup::{IntoMarkup, Markup},
        navigation::{ENTRIES, Entry},
        page::{PageContent, page},
        time::Time,
        url::query,
    },
};

#[component]
pub fn SearchPage() -> impl IntoView {
    let q = searched(&use_query_map().read_untracked()).unwrap_or_default();
    page(read(q))
}

async fn read(q: String) -> Result<PageContent, UserError> {
    let asked = q.clone();
    let found = in_scope(async move |scope| search::find(&scope, &asked).await).await?;
    Ok(PageContent::new("Search", body(q, found)))
}

fn body(q: String, found: Found) -> impl IntoView {
    let thread = found.thread.map(|id| {
        line(errors::path_of(&id), "Everything under this correlation ID".to_owned(), view! { <code>{id.to_string()}</code> }.into_markup(), ().into_markup())
    });
    let parts = [
        ("Correlation ID", thread.into_iter().collect()),
        ("Pages", pages(&q)),
        ("Connections", connections(found.connections, &found.summaries, &q)),
        ("Incidents", newest(found.incidents, incident)),
        ("Diagnostics", newest(found.runs, run)),
        ("Errors", newest(found.errors, error)),
    ];
    let none = !q.is_empty() && parts.iter().all(|(_, lines)| lines.is_empty());
    view! {
        <div class="page-head">
            <div>
                <h1>"Search"</h1>
                <p class="lede">"Connections by name, owner or tag; incidents; runs by release; anything by its correlation ID; pages."</p>
            </div>
        </div>
        <FilterFrame list=PATH label="Search" word="Search" is_filtered=!q.is_empty()>
            <SearchInput q=q.clone() label="Search for" placeholder="" is_first=true/>
        </FilterFrame>
        <div class="stack" id="found">
            {parts.map(|(name, lines)| part(name, lines)).into_iter().collect_view()}
            {none
                .then(|| {
                    view! {
                        <div class="card">
                            <Empty icon=SEARCH title="Nothing matches" text="Nothing has that in its name, owner, tags, release or correlation ID."/>
                        </div>
                    }
                })}
        </div>
    }
}

/// Pages beside those of the rail: path, name, and what it takes to open them.
const FURTHER: [(&str, &str, Permission); 6] = [
    (notifications::LIST, "Notifications", Permission::ReadNotifications),
    (profile::PATH, "Profile", Permission::ManageProfile),
    (SECOND_FACTOR, "Second factor", Permission::ManageProfile),
    ("/settings/service-connections/new", "New connection", Permission::ConfigureConnections),
    ("/settings/channels/new", "New channel", Permission::ManageChannels),
    (diagnostics::NEW, "Run diagnostics", Permission::RunDiagnostics),
];

fn pages(q: &str) -> Vec<Markup> {
    let folded = fold(q);
    let of_rail = ENTRIES.iter().map(|&Entry { path, name, permission, .. }| (path, name, permission));
    let meant = of_rail.chain(FURTHER).filter(|(_, name, permission)| !q.is_empty() && may(*permission) && fold(name).contains(&folded));
    meant.map(|(path, name, _)| view! { <li><a class="row-link" href=path>{name}</a></li> }.into_markup()).collect()
}

/// A line each, and a word where there may be more than are read.
fn newest<T>(found: Vec<T>, one: fn(T) -> Markup) -> Vec<Markup> {
    let is_full = found.len() >= search::SHOWN as usize;
    let more = is_full.then(|| view! { <li><p>{format!("The newest {}; others may match as well.", search::SHOWN)}</p></li> }.into_markup());
    found.into_iter().map(one).chain(more).collect()
}

fn connections(found: Page, summaries: &HashMap<ProfileId, ConnectionSummary>, q: &str) -> Vec<Markup> {
    let more = found.total - i64::try_from(found.items.len()).unwrap_or(i64::MAX);
    let all = format!("{}{}", connections::LIST, query([("q", q)]));
    let more = (more > 0).then(|| view! { <li><a class="row-link" href=all>{format!("and {more} more")}</a></li> }.into_markup());
    let one = |connection: ServiceConnectionProfile| {
        let health = summaries.get(&connection.id).and_then(|summary| summary.health).filter(|_| connection.state == State::Active);
        let standing = match health {
            Some(status) => view! { <HealthBadge status=status/> }.into_markup(),
            None => view! { <StateBadge state=connection.state/> }.into_markup(),
        };
        line(
            connections::path_of(connection.id),
            connection.name,
            view! { <KindName kind=connection.kind/> }.into_markup(),
            view! { <EnvironmentBadge environment=connection.environment/> {standing} }.into_markup(),
        )
    };
    found.items.into_iter().map(one).chain(more).collect()
}

fn incident(ListedIncident { incident, connection_name, .. }: ListedIncident) -> Markup {
    line(
        incidents::path_of(incident.id),
        incident.name(connection_name.as_deref()).to_owned(),
        incident.summary.into_markup(),
        view! { <Time at=incident.opened_at/> <IncidentBadge stage=incident.stage/> }.into_markup(),
    )
}

fn run(run: DiagnosticTestRun) -> Markup {
    line(
        diagnostics::path_of(run.id),
        subject(&run, None),
        run.release.unwrap_or_default().into_markup(),
        view! { <Time at=run.requested_at/> <VerdictBadge status=run.status/> }.into_markup(),
    )
}

fn error(event: ErrorEvent) -> Markup {
    let read = if event.user_message.is_empty() { event.message } else { event.user_message };
    let id = event.correlation_id;
    line(errors::path_of(&id), read, view! { <code>{id.to_string()}</code> }.into_markup(), view! { <Time at=event.occurred_at/> }.into_markup())
}

fn line(path: String, name: String, about: Markup, beside: Markup) -> Markup {
    view! {
        <li>
            <div>
                <a class="row-link" href=path>
                    {name}
                </a>
                <p class="clipped">{about}</p>
            </div>
            <div class="buttons">{beside}</div>
        </li>
    }
    .into_markup()
}

fn part(name: &'static str, lines: Vec<Markup>) -> impl IntoView {
    (!lines.is_empty()).then(|| {
        view! {
            <section class="card" aria-label=name>
                <header>
                    <h2>{name}</h2>
                </header>
                <ul class="attention">{lines}</ul>
            </section>
        }
    })
}
