//! The first page: how many connections stand where, and what waits for a person.

use leptos::prelude::*;
use strum::IntoEnumIterator;
use switchboard::{
    domain::{
        error::UserError,
        listing::{Filter, Sort, StateCount},
        notification::Notification,
        operator::Role,
        profile::{Environment, ServiceConnectionProfile, State},
    },
    engine::{configure, notify},
};

use crate::{
    call::{call, may},
    connections::{LIST, kind::KindName, path_of},
    notifications::Unread,
    ui::{
        badge::{EnvironmentBadge, StateBadge, environment_name, face},
        empty::Empty,
        here::query,
        icon::{CIRCLE_CHECK, Icon, PLUG},
        page::{Sheet, page},
        time::Time,
    },
};

const RECENT: u32 = 8;
const UNREAD: i64 = 5;

/// All that the page shows.
struct Whole {
    counts: Vec<StateCount>,
    attention: Vec<ServiceConnectionProfile>,
    recent: Vec<ServiceConnectionProfile>,
    unread: Vec<Notification>,
}

#[component]
pub fn OverviewPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<Sheet, UserError> {
    let whole = call(Role::Viewer, async |console, actor, _| {
        let recent = configure::list(&console, &actor, &Filter::default(), Sort::UpdatedDescending, 1, RECENT).await?;
        Ok(Whole {
            counts: configure::counts(&console, &actor).await?,
            attention: configure::attention(&console, &actor).await?,
            recent: recent.items,
            unread: notify::latest_unread(&console, &actor, UNREAD).await?,
        })
    })
    .await?;
    Ok(Sheet::new("Overview", body(whole)))
}

fn body(whole: Whole) -> impl IntoView {
    let Whole { counts, attention, recent, unread } = whole;
    if recent.is_empty() {
        return view! {
            <div class="page-head">
                <h1>"Overview"</h1>
            </div>
            <div class="card">
                <Empty
                    icon=PLUG
                    title="Nothing to watch yet"
                    text="Add a service your product depends on. Once it has been tested against the real thing, it may be activated."
                >
                    {may(Role::Operator)
                        .then(|| view! { <a class="button primary" href=format!("{LIST}/new")>"Add the first connection"</a> })}
                </Empty>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="page-head">
            <h1>"Overview"</h1>
        </div>
        <div class="stack">
            <Unread notifications=unread/>
            <Figures counts=counts/>
            <div class="columns">
                <Attention connections=attention/>
                <Recent connections=recent/>
            </div>
        </div>
    }
    .into_any()
}

/// A column for each state, a row for each environment that has any.
#[component]
fn Figures(counts: Vec<StateCount>) -> impl IntoView {
    let of = |environment: Option<Environment>, state: State| -> i64 {
        let meant = |count: &&StateCount| count.state == state && environment.is_none_or(|environment| count.environment == environment);
        counts.iter().filter(meant).map(|count| count.count).sum()
    };
    let shown = || State::iter().filter(|state| *state != State::Archived);
    let places = || Environment::iter().filter(|environment| shown().any(|state| of(Some(*environment), state) > 0));
    let figures = shown()
        .map(|state| {
            let (word, icon, tone) = face(state);
            let parts: Vec<_> = places().map(|place| (place, of(Some(place), state))).filter(|(_, count)| *count > 0).collect();
            let parts = parts.iter().map(|(place, count)| format!("{count} {}", environment_name(*place).to_lowercase())).collect::<Vec<_>>().join(" · ");
            let total = of(None, state);
            view! {
                <li class=tone>
                    <a href=format!("{LIST}{}", query([("state", state.to_string().as_str())]))>
                        <span class="name">
                            <Icon path=icon/>
                            {word}
                        </span>
                        <span class="figure" class:none=total == 0>
                            {total}
                        </span>
                        <span class="parts">{parts}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="figures">{figures}</ul> }
}

#[component]
fn Attention(connections: Vec<ServiceConnectionProfile>) -> impl IntoView {
    let none = connections.is_empty();
    let lines = connections.into_iter().map(waiting).collect_view();
    view! {
        <section class="card" aria-labelledby="attention">
            <header>
                <h2 id="attention">"Needs a person"</h2>
            </header>
            {if none {
                view! { <Empty icon=CIRCLE_CHECK title="Nothing waits for you" text="Every connection has been tested as it stands."/> }.into_any()
            } else {
                view! { <ul class="attention">{lines}</ul> }.into_any()
            }}
        </section>
    }
}

fn waiting(connection: ServiceConnectionProfile) -> impl IntoView {
    let why = match (connection.state, connection.last_verified_at, connection.verified_version) {
        (State::Draft, None, _) => "Never passed a test. Test it, and it may be activated.",
        (State::Draft, Some(_), _) => "Changed since its last test. Test it as it is now.",
        (State::Verified, ..) => "Tested, and waits to be activated.",
        (State::Suspended, ..) => "Suspended. Resume it, or archive it.",
        _ => "Its last test is too old or failed. Test it again.",
    };
    view! {
        <li>
            <div>
                <a class="row-link" href=path_of(connection.id)>
                    {connection.name}
                </a>
                <p>{why}</p>
            </div>
            <div class="buttons">
                <EnvironmentBadge environment=connection.environment/>
                <StateBadge state=connection.state/>
            </div>
        </li>
    }
}

#[component]
fn Recent(connections: Vec<ServiceConnectionProfile>) -> impl IntoView {
    let lines = connections
        .into_iter()
        .map(|connection| {
            view! {
                <li>
                    <div>
                        <a class="row-link" href=path_of(connection.id)>
                            {connection.name}
                        </a>
                        <p>
                            <KindName kind=connection.kind/>
                        </p>
                    </div>
                    <Time at=connection.updated_at/>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="recent">
            <header>
                <h2 id="recent">"Recently changed"</h2>
            </header>
            <ul class="attention">{lines}</ul>
        </section>
    }
}
