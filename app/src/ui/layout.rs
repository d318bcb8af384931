//! The frame around every page: rail, header with the environment, one column.

use domain::{
    environment::Environment,
    ids::TeamId,
    notification::Waiting,
    operator::{Actor, Team},
    permission::Permission,
};
use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    again::Again,
    badge::EnvironmentBadge,
    form::ActionForm,
    icon::{DOTS, Icon, LEAVE},
    markup::MarkupChildren,
    navigation::{ENTRIES, Entry},
    role::role_name,
    toast::{InitialToast, Toasts},
    url::here,
};
use crate::{
    authorize::{ConsoleEnvironment, Teams, actor, may},
    form_outcome::{ActionFailure, Refusal},
    notifications::Bell,
    profile,
    search::QuickSearch,
    session::server_fns::{SignOut, SwitchTeam},
};

/// A step on the way to this page: name and address.
pub type Crumb = (String, String);

pub fn environment() -> Environment {
    use_context::<ConsoleEnvironment>().map_or(Environment::Development, |console| console.0)
}

#[component]
pub fn Frame(title: String, #[prop(optional)] crumbs: Vec<Crumb>, children: MarkupChildren) -> impl IntoView {
    let environment = environment();
    let class = if environment == Environment::Production { "frame is-production" } else { "frame" };
    let crumbs = (!crumbs.is_empty()).then(|| {
        let links = crumbs.into_iter().map(|(name, path)| view! { <li><a href=path>{name}</a></li> }).collect_view();
        view! {
            <nav class="crumbs" aria-label="Where you are">
                <ol>{links}</ol>
            </nav>
        }
    });
    view! {
        <Tab title=title/>
        <a class="skip unseen" href="#main">"Skip to content"</a>
        <div class=class>
            {actor().map(|actor| view! { <Rail actor=actor/> })}
            <header class="header">
                <Brand/>
                {crumbs}
                <div class="header-end">
                    {actor().map(|_| view! { <QuickSearch/> })}
                    <EnvironmentBadge environment=environment/>
                    {actor().map(|_| view! { <Bell waiting=waiting()/> })}
                </div>
            </header>
            <main class="main" id="main" tabindex="-1">
                {children.write()}
            </main>
        </div>
        <Notifications/>
    }
}

/// The title of the browser's tab: where one is, and how many incidents nobody has taken on.
#[component]
pub fn Tab(title: String) -> impl IntoView {
    let open = waiting().open_incidents;
    let count = if open > 0 { format!("({open}) ") } else { String::new() };
    view! { <Title text=format!("{count}{title} · Switchboard")/> }
}

/// Counted before the page, because its head is written before its body is read.
fn waiting() -> Waiting {
    use_context().unwrap_or_default()
}

#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <a class="brand" href="/" aria-label="Switchboard, overview">
            <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true">
                <rect x="2.5" y="2.5" width="19" height="19" rx="5.5"></rect>
                <circle cx="8" cy="8" r="1.6"></circle>
                <circle cx="16" cy="16" r="1.6"></circle>
                <path d="M8 9.6c0 5.4 8-.6 8 4.8" stroke-linecap="round"></path>
                <path d="M16 8v.01M8 16v.01" stroke-linecap="round" stroke-width="2.5"></path>
            </svg>
            <span>"Switchboard"</span>
        </a>
    }
}

#[component]
fn Rail(actor: Actor) -> impl IntoView {
    let here = here();
    let entries = || ENTRIES.iter().filter(|entry| may(entry.permission));
    let all = entries().map(|entry| link(entry, &here, if entry.is_first { "" } else { "wide-only" })).collect_view();
    let others = entries().filter(|entry| !entry.is_first).map(|entry| link(entry, &here, "")).collect_view();
    let is_among_others = entries().any(|entry| !entry.is_first && is_at(entry, &here));
    view! {
        <nav class="rail" aria-label="Console">
            <Brand/>
            <ul>
                {all}
                <li class="narrow-only">
                    <details class="ask rail-more" name="ask">
                        <summary aria-current=is_among_others.then_some("true")>
                            <Icon path=DOTS/>
                            <span>"More"</span>
                        </summary>
                        <div class="rail-sheet">
                            <ul>{others}</ul>
                            <Leave actor=actor.clone()/>
                        </div>
                    </details>
                </li>
            </ul>
            <div class="rail-foot wide-only">
                <Leave actor=actor/>
            </div>
        </nav>
    }
}

fn is_at(entry: &Entry, here: &str) -> bool {
    if entry.path == "/" { here == "/" } else { here.starts_with(entry.path) }
}

fn link(entry: &Entry, here: &str, class: &'static str) -> impl IntoView + use<> {
    view! {
        <li class=class>
            <a href=entry.path aria-current=is_at(entry, here).then_some("page")>
                <Icon path=entry.icon/>
                <span>{entry.name}</span>
            </a>
        </li>
    }
}

/// For a person of several teams: which one they are in, and the way to the others.
#[component]
fn SwitchTeams(current: TeamId) -> impl IntoView {
    let teams = use_context::<Teams>().unwrap_or_default().0;
    let has_several = teams.len() > 1;
    let choice = move |team: Team| view! { <option value=team.id.to_string() selected=team.id == current>{team.name}</option> };
    let choices = teams.into_iter().map(choice).collect_view();
    has_several.then(|| {
        view! {
            <ActionForm<SwitchTeam> class="switch-team">
                <label>
                    <span class="quiet">"Team"</span>
                    <select class="select" name="id">
                        {choices}
                    </select>
                </label>
                <button type="submit">"Switch"</button>
            </ActionForm<SwitchTeam>>
        }
    })
}

/// Who is signed in, and the way out.
#[component]
fn Leave(actor: Actor) -> impl IntoView {
    view! {
        <SwitchTeams current=actor.team/>
        <a class="whoami" href=profile::PATH>
            <span class="unseen">"Profile of "</span>
            <strong title=actor.name.clone()>{actor.name.clone()}</strong>
            <span class="quiet">{role_name(actor.role)}</span>
        </a>
        <ActionForm<SignOut> signs_out=true>
            <button type="submit">
                <Icon path=LEAVE/>
                <span>"Sign out"</span>
            </button>
        </ActionForm<SignOut>>
    }
}

/// Where errors appear; an error of a form that was posted without script is there from the start.
#[component]
pub fn Notifications() -> impl IntoView {
    // A page that is nothing but the refusal tells it itself.
    let refused = use_context::<ActionFailure>().filter(|refused| !refused.is_told_at_fields() && use_context::<Refusal>().is_none());
    let first = refused.clone().and_then(|refused| Some(InitialToast { about: refused.address(), retry: refused.may_be_sent_again(), error: refused.error? }));
    view! {
        <Toasts first=first operator=may(Permission::ReadErrors)/>
        {refused.filter(ActionFailure::may_be_sent_again).map(|failure| view! { <Again failure=failure/> })}
    }
}
