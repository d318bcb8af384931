//! The first page: what is wrong, how everything is, and what waits for a person.

use std::{collections::HashMap, time::Duration};

use domain::{
    environment::Environment,
    error::UserError,
    error_group::{ErrorGroup, GroupFilter, GroupStatus},
    health::HealthStatus,
    health_table::HealthCount,
    ids::ErrorGroupId,
    incident::{IncidentGroup, ListedIncident},
    listing::{Filter, Sort, StateCount},
    notification::Notification,
    permission::Permission,
    profile::{ServiceConnectionProfile, State},
    rate::RateStep,
    time::Timestamp,
};
use engine::{OpsError, Scope, connections, health, incidents, notify, rates, report::error_groups};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use crate::{
    authorize::{in_scope, may},
    connections::{
        LIST,
        kind::KindName,
        line::{badges, connection_line},
    },
    errors::{HOURS, Latest, SuccessOverTime},
    health::{Counts, HealthBadge, STATUSES, address_of, verdict},
    incidents::{Groups, Open},
    notifications::Unread,
    ui::{
        badge::{StateBadge, environment_name},
        empty::Empty,
        icon::{ALERT, CIRCLE_CHECK, CIRCLE_CROSS, CIRCLE_DASHED, Icon, PLUG},
        live::Live,
        markup::IntoMarkup,
        page::{PageContent, page},
        time::{Time, length},
        url::query,
    },
};

const RECENT: u32 = 8;
const UNREAD: i64 = 5;
const INCIDENTS: i64 = 10;
const FAILING: u32 = 5;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Over which success is counted, day by day.
const LOOKED_BACK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// All that the page shows.
struct PageData {
    counts: Vec<StateCount>,
    health: Vec<HealthCount>,
    /// Those that are not resolved, and how many there are.
    incidents: Vec<ListedIncident>,
    unresolved: i64,
    groups: Vec<IncidentGroup>,
    attention: Vec<ServiceConnectionProfile>,
    /// How many drafts have never been tested.
    untested: i64,
    recent: Vec<ServiceConnectionProfile>,
    unread: Vec<Notification>,
    now: Timestamp,
    /// What failed in the last day, for those who may read it.
    failing: Vec<ErrorGroup>,
    failures: HashMap<ErrorGroupId, Vec<i64>>,
    steps: Vec<RateStep>,
}

#[component]
pub fn OverviewPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let data = in_scope(async |scope| {
        let recent = connections::list(&scope, &Filter::default(), Sort::UpdatedDescending, 1, RECENT).await?;
        let (failing, failures) = failing(&scope).await?;
        let (open, unresolved) = incidents::unresolved(&scope, INCIDENTS).await?;
        Ok(PageData {
            health: health::counts_by_environment(&scope).await?,
            incidents: open,
            unresolved,
            // One alone is no group.
            groups: if unresolved > 1 { incidents::unresolved_groups(&scope).await? } else { Vec::new() },
            untested: connections::untested(&scope).await?,
            counts: connections::counts(&scope).await?,
            attention: connections::attention(&scope).await?,
            recent: recent.items,
            unread: notify::latest_unread(&scope, UNREAD).await?,
            now: scope.console().clock.now(),
            failing,
            failures,
            steps: rates::over_time(&scope, LOOKED_BACK).await?,
        })
    })
    .await?;
    Ok(PageContent::new("Overview", body(data)))
}

/// The kinds of errors that are open and came in the last day, and how often each did.
async fn failing(scope: &Scope) -> Result<(Vec<ErrorGroup>, HashMap<ErrorGroupId, Vec<i64>>), OpsError> {
    if !scope.may(Permission::ReadErrors) {
        return Ok(Default::default());
    }
    let since = scope.console().clock.now() - DAY;
    let filter = GroupFilter { status: Some(GroupStatus::Open), only_failures: true, from: Some(since), ..GroupFilter::default() };
    let (groups, _) = error_groups::list(scope, &filter, FAILING, None).await?;
    let mut counts = HashMap::new();
    for group in &groups {
        match error_groups::counts_of(scope, group.id, HOURS).await {
            Ok(hours) => drop(counts.insert(group.id, hours)),
            // Removed meanwhile.
            Err(OpsError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((groups, counts))
}

fn body(data: PageData) -> impl IntoView {
    let PageData { counts, health, incidents, unresolved, groups, attention, untested, recent, unread, now, failing, failures, steps } = data;
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
                    {may(Permission::ConfigureConnections)
                        .then(|| view! { <a class="button primary" href=format!("{LIST}/new")>"Add the first connection"</a> })}
                </Empty>
            </div>
        }
        .into_markup();
    }
    view! {
        <div class="page-head">
            <div id="overview-verdict" data-refresh="">
                <HealthVerdict counts=health.clone() groups=groups.clone() unresolved=unresolved now=now/>
                <StateCounts counts=counts/>
            </div>
            <Live/>
        </div>
        <div class="stack" id="overview" data-refresh="" data-live="">
            {(!groups.is_empty()).then(|| view! { <div class="stack-small"><Groups groups=groups/></div> })}
            <Open incidents=incidents total=unresolved/>
            {(!health.is_empty()).then(|| view! { <Counts counts=health.clone() now=now/> })}
            <div class="columns">
                <div class="stack">
                    <Attention connections=attention untested=untested/>
                    <Unread notifications=unread/>
                    <Latest groups=failing counts=failures/>
                </div>
                <div class="stack">
                    <EnvironmentTable counts=health/>
                    <SuccessOverTime steps=steps over=format!("last {}", length(LOOKED_BACK.as_secs()))/>
                    <Recent connections=recent/>
                </div>
            </div>
        </div>
    }
    .into_markup()
}

/// The first line: how everything is. Incidents that are about no connection which is down, such as one that a person declared, are counted in it: then not all
/// is well.
#[component]
fn HealthVerdict(counts: Vec<HealthCount>, groups: Vec<IncidentGroup>, unresolved: i64, now: Timestamp) -> impl IntoView {
    let of = |status| counts.iter().filter(|count| count.status == status).map(|count| count.count).sum::<i64>();
    let (words, tone) = if counts.is_empty() { ("Nothing is watched yet".to_owned(), "") } else { verdict(&counts, now) };
    let is_quiet = matches!(tone, "good" | "idle" | "");
    let more = match (unresolved - of(HealthStatus::Incident), is_quiet) {
        (..=0, _) => None,
        (1, true) => Some(", but an incident is open".to_owned()),
        (1, false) => Some(", another incident is open".to_owned()),
        (more, true) => Some(format!(", but {more} incidents are open")),
        (more, false) => Some(format!(", {more} more incidents are open")),
    };
    let tone = if more.is_some() && is_quiet { "warn" } else { tone };
    let icon = match tone {
        "bad" => Some(CIRCLE_CROSS),
        "warn" => Some(ALERT),
        "good" => Some(CIRCLE_CHECK),
        "idle" => Some(CIRCLE_DASHED),
        _ => None,
    };
    let cause = match &groups[..] {
        [only] if only.causes == 1 && i64::try_from(only.count) == Ok(of(HealthStatus::Incident)) && of(HealthStatus::Degraded) == 0 => Some(", one cause"),
        _ => None,
    };
    view! {
        <h1 class=format!("standing-line {tone}")>
            {icon.map(|icon| view! { <Icon path=icon/> })}
            {words}
            {cause}
            {more}
        </h1>
    }
}

/// How far connections have come that are not watched yet, each with the way to them.
#[component]
fn StateCounts(counts: Vec<StateCount>) -> impl IntoView {
    let of = |state: State| -> i64 { counts.iter().filter(|count| count.state == state).map(|count| count.count).sum() };
    let links = State::iter()
        .filter(|state| *state != State::Archived && of(*state) > 0)
        .map(|state| {
            let address = format!("{LIST}{}", query([("state", state.to_string().as_str())]));
            view! {
                <a class="standing" href=address>
                    <StateBadge state=state/>
                    {of(state)}
                </a>
            }
        })
        .collect_view();
    view! { <p class="facts">{links}</p> }
}

/// A row for each environment: how many of its connections are how.
#[component]
fn EnvironmentTable(counts: Vec<HealthCount>) -> impl IntoView {
    let lines = Environment::iter()
        .filter_map(|place| {
            let here: Vec<_> = counts.iter().filter(|count| count.environment == place).copied().collect();
            let total: i64 = here.iter().map(|count| count.count).sum();
            (total > 0).then(|| place_line(place, total, here))
        })
        .collect_view();
    (!counts.is_empty()).then(|| {
        view! {
            <section class="card" aria-labelledby="places">
                <header>
                    <h2 id="places">"By environment"</h2>
                </header>
                <ul class="attention">{lines}</ul>
            </section>
        }
    })
}

fn place_line(place: Environment, total: i64, mut here: Vec<HealthCount>) -> impl IntoView {
    // Production is what matters most: the worst of it is read first.
    here.sort_by_key(|count| STATUSES.iter().position(|status| *status == count.status));
    let statuses = here
        .into_iter()
        .map(|count| view! { <a class="standing above" href=address_of(Some(count.status), Some(place))><HealthBadge status=count.status/> {count.count}</a> })
        .collect_view();
    view! {
        <li>
            <div>
                <a class="row-link" href=address_of(None, Some(place))>
                    {environment_name(place)}
                </a>
                <p>{format!("{total} watched")}</p>
            </div>
            <div class="buttons">{statuses}</div>
        </li>
    }
}

#[component]
fn Attention(connections: Vec<ServiceConnectionProfile>, untested: i64) -> impl IntoView {
    let none = connections.is_empty() && untested == 0;
    let lines = connections.into_iter().map(waiting).collect_view();
    let drafts = (untested > 0).then(|| {
        let words = if untested == 1 { "1 draft waits for a first test".to_owned() } else { format!("{untested} drafts wait for a first test") };
        view! {
            <li>
                <a class="row-link" href=format!("{LIST}{}", query([("state", "draft")]))>
                    {words}
                </a>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="attention">
            <header>
                <h2 id="attention">"Needs a person"</h2>
            </header>
            {if none {
                view! { <Empty icon=CIRCLE_CHECK title="Nothing waits for you" text="Every connection has been tested as it stands."/> }.into_markup()
            } else {
                view! { <ul class="attention">{lines} {drafts}</ul> }.into_markup()
            }}
        </section>
    }
}

fn waiting(connection: ServiceConnectionProfile) -> impl IntoView {
    let why = match (connection.state, connection.last_verified_at, connection.verified_version) {
        (State::Draft, None, _) => "Failed its test. Do what it says there, then test again.",
        (State::Draft, ..) => "Changed since its last test. Test it as it is now.",
        (State::Verified, ..) => "Tested, and waits to be activated.",
        (State::Suspended, ..) => "Suspended. Resume it, or archive it.",
        _ => "Its last test is too old or failed. Test it again.",
    };
    let badges = badges(&connection);
    connection_line(connection.id, connection.name, why, badges)
}

#[component]
fn Recent(connections: Vec<ServiceConnectionProfile>) -> impl IntoView {
    let lines = connections
        .into_iter()
        .map(|connection| {
            let changed = view! { <Time at=connection.updated_at/> };
            connection_line(connection.id, connection.name, view! { <KindName kind=connection.kind/> }, changed)
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
