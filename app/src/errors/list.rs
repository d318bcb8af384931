//! Errors of a kind, and the newest of all: found by correlation ID, code, words, service or time.

use std::{collections::HashMap, time::Duration};

use domain::{
    correlation_id::CorrelationId,
    error::UserError,
    error_event::{ErrorEvent, ErrorFilter},
    error_group::{ErrorGroup, GroupFilter, GroupStatus},
    ids::ErrorGroupId,
    rate::RateStep,
    time::Timestamp,
};
use engine::{
    rates::{self, Rates},
    report::{self, error_groups},
    thread,
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::{
    LIST,
    catalogue::PATH as CATALOGUE,
    groups::{Groups, HOURS, status_style},
    path_of,
    rates::{Codes, SuccessRates},
    severity::{ALL as SEVERITIES, SeverityBadge, badge_style},
};
use crate::{
    authorize::in_scope,
    ui::{
        empty::Empty,
        filter::{FilterFrame, SearchInput, choice, parsed, searched},
        icon::CIRCLE_CHECK,
        list::{ListCard, ListQuery},
        markup::IntoMarkup,
        page::{PageContent, page},
        table::{DataTable, heads},
        time::{Time, length, now},
    },
};

/// Kinds, and errors, that the page shows.
const KINDS: u32 = 50;
const SHOWN: u32 = 50;
/// What the address says for errors of any severity, refusals too.
const ALL: &str = "all";
/// Spans that a person looks back over: hours and words.
const SPANS: [(u64, &str); 4] = [(1, "Last hour"), (24, "Last 24 hours"), (24 * 7, "Last 7 days"), (24 * 30, "Last 30 days")];

/// What the address asks for.
#[derive(Clone, Default, PartialEq, Eq)]
struct ErrorQuery {
    q: Option<String>,
    code: Option<String>,
    service: Option<String>,
    /// [`ALL`], a severity, or nothing for all that failed.
    severity: String,
    /// Of a kind.
    status: Option<GroupStatus>,
    hours: Option<u64>,
}

impl ListQuery for ErrorQuery {
    fn read(map: &ParamsMap) -> Self {
        let text = |name: &str| map.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        Self {
            q: searched(map),
            code: text("code"),
            service: text("service"),
            severity: map.get("severity").unwrap_or_default(),
            status: parsed(map, "status"),
            hours: parsed(map, "hours").filter(|hours| *hours <= 24 * 366),
        }
    }

    fn is_filtered(&self) -> bool {
        *self != Self::default()
    }
}

impl ErrorQuery {
    /// Over which success is counted: a week where no time is chosen.
    const fn span(&self) -> Duration {
        let hours = if let Some(hours) = self.hours { hours } else { 24 * 7 };
        Duration::from_secs(hours * 3_600)
    }

    fn from(&self, now: Option<Timestamp>) -> Option<Timestamp> {
        now.filter(|_| self.hours.is_some()).map(|now| now - self.span())
    }

    /// Whoever searches for an ID means every error of it.
    const fn only_failures(&self) -> bool {
        self.severity.is_empty() && self.q.is_none()
    }

    fn of_kinds(&self, now: Option<Timestamp>) -> GroupFilter {
        GroupFilter {
            code: self.code.clone(),
            service: self.service.clone(),
            severity: self.severity.parse().ok(),
            status: self.status,
            only_failures: self.only_failures(),
            from: self.from(now),
            to: None,
            q: self.q.clone(),
        }
    }

    fn of_each(&self, now: Option<Timestamp>) -> ErrorFilter {
        ErrorFilter {
            code: self.code.clone(),
            group: None,
            service: self.service.clone(),
            severity: self.severity.parse().ok(),
            only_failures: self.only_failures(),
            from: self.from(now),
            to: None,
            q: self.q.clone(),
        }
    }
}

struct PageData {
    groups: Vec<ErrorGroup>,
    counts: HashMap<ErrorGroupId, Vec<i64>>,
    events: Vec<ErrorEvent>,
    /// What was searched for, where it is the whole ID of something.
    thread: Option<CorrelationId>,
    rates: Rates,
}

#[component]
pub fn ErrorsPage() -> impl IntoView {
    page(read(ErrorQuery::from_address()))
}

async fn read(query: ErrorQuery) -> Result<PageContent, UserError> {
    let (kinds, each, q, span) = (query.of_kinds(now()), query.of_each(now()), query.q.clone(), query.span());
    let data = in_scope(async move |scope| {
        let thread = match q.as_deref().map(str::parse) {
            Some(Ok(id)) if thread::is_known(&scope, &id).await? => Some(id),
            _ => None,
        };
        let (groups, _) = error_groups::list(&scope, &kinds, KINDS, None).await?;
        let counts = if groups.is_empty() { HashMap::new() } else { error_groups::counts(&scope, HOURS).await? };
        let (events, _) = report::events(&scope, &each, SHOWN, None).await?;
        Ok(PageData { groups, counts, events, thread, rates: rates::over(&scope, span).await? })
    })
    .await?;
    Ok(PageContent::new("Errors", body(query, data)))
}

fn body(query: ErrorQuery, data: PageData) -> impl IntoView {
    let PageData { groups, counts, events, thread, rates: Rates { steps, kinds: tried, connections, codes } } = data;
    let over = format!("last {}", length(query.span().as_secs()));
    let step = step_of(&steps);
    let (is_empty, is_filtered) = (groups.is_empty(), query.is_filtered());
    let nothing_yet = view! { <Empty icon=CIRCLE_CHECK title="No failures recorded" text="When something fails, it appears here under its correlation ID. What was only refused is under “Everything, refusals too”."/> };
    let no_match = if thread.is_some() { "No recorded error has that ID, but other things do." } else { "No recorded error fits this search." };
    let kinds = (!is_empty || events.is_empty()).then(|| {
        view! {
            <ListCard is_empty=is_empty is_filtered=is_filtered nothing_yet=nothing_yet.into_markup() no_match=no_match list=LIST>
                <Kinds groups=groups counts=counts/>
            </ListCard>
        }
    });
    view! {
        <div class="page-head">
            <div>
                <h1>"Errors"</h1>
                <p class="lede">"What people and programs met, and what was behind it."</p>
            </div>
            <div class="buttons">
                <a class="button" href=CATALOGUE>
                    "Catalogue"
                </a>
            </div>
        </div>
        <Filter query=query/>
        <div class="stack">{thread.map(|id| view! { <Whole id=id/> })} {kinds} <Each events=events/> <SuccessRates kinds=tried connections=connections over=over.clone()/> <Codes codes=codes step=step over=over/></div>
    }
}

/// How long each is.
fn step_of(steps: &[RateStep]) -> &'static str {
    let is_day = steps.windows(2).any(|pair| pair[1].at.seconds_since(pair[0].at) > 3_600);
    if is_day { "day" } else { "hour" }
}

/// The way to everything under an ID that was searched for whole.
#[component]
fn Whole(id: CorrelationId) -> impl IntoView {
    view! {
        <section class="card" aria-label="Correlation ID">
            <ul class="attention">
                <li>
                    <div>
                        <a class="row-link" href=path_of(&id)>
                            "Everything under this correlation ID"
                        </a>
                        <p class="clipped">
                            <code>{id.to_string()}</code>
                        </p>
                    </div>
                </li>
            </ul>
        </section>
    }
}

#[component]
fn Filter(query: ErrorQuery) -> impl IntoView {
    let is_filtered = query.is_filtered();
    let ErrorQuery { q, code, service, severity, status, hours } = query;
    let statuses = [GroupStatus::Open, GroupStatus::Resolved].map(|status| (status.to_string(), status_style(status).0.to_owned()));
    let spans = SPANS.map(|(hours, words)| (hours.to_string(), words.to_owned()));
    view! {
        <FilterFrame list=LIST label="Errors" word="Search" is_filtered=is_filtered>
            <SearchInput q=q.unwrap_or_default() label="Search errors" placeholder="Correlation ID, code or words"/>
            <input class="input" name="code" value=code placeholder="Code" aria-label="Code" autocomplete="off"/>
            <input class="input" name="service" value=service placeholder="Service" aria-label="Service" autocomplete="off"/>
            {choice("severity", "Severity", "All that failed", severities(), Some(severity))}
            {choice("status", "Status", "Open and resolved", statuses.to_vec(), status.map(|status| status.to_string()))}
            {choice("hours", "Time", "Any time", spans.to_vec(), hours.map(|hours| hours.to_string()))}
        </FilterFrame>
    }
}

/// Value and word of each, to choose from.
fn severities() -> Vec<(String, String)> {
    let named = SEVERITIES.map(|severity| (severity.to_string(), badge_style(severity).0.to_owned()));
    named.into_iter().chain([(ALL.to_owned(), "Everything, refusals too".to_owned())]).collect()
}

#[component]
fn Kinds(groups: Vec<ErrorGroup>, counts: HashMap<ErrorGroupId, Vec<i64>>) -> impl IntoView {
    let is_full = is_full(groups.len(), KINDS);
    view! {
        <header>
            <h2>"By kind"</h2>
        </header>
        <Groups groups=groups counts=counts/>
        {is_full.then(|| view! { <p class="pager">{format!("The {KINDS} seen most recently. Search to find others.")}</p> })}
    }
}

#[component]
fn Each(events: Vec<ErrorEvent>) -> impl IntoView {
    (!events.is_empty()).then(|| {
        view! {
            <section class="card table-box" aria-labelledby="each">
                <header>
                    <h2 id="each">"Newest"</h2>
                </header>
                <Events events=events shown=SHOWN/>
            </section>
        }
    })
}

fn is_full(length: usize, shown: u32) -> bool {
    u32::try_from(length).unwrap_or(u32::MAX) >= shown
}

/// At most `shown` events.
#[component]
pub fn Events(events: Vec<ErrorEvent>, shown: u32) -> impl IntoView {
    let full = is_full(events.len(), shown);
    view! {
        <DataTable caption="Errors" heads=heads(["What was read", "Severity", "Operation", "Who", "When"])>
            {events.into_iter().map(row).collect_view()}
        </DataTable>
        {full.then(|| view! { <p class="pager">{format!("The newest {shown}. Search to find older ones.")}</p> })}
    }
}

fn row(event: ErrorEvent) -> impl IntoView {
    let read = if event.user_message.is_empty() { event.message } else { event.user_message };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=path_of(&event.correlation_id)>
                    {read}
                </a>
                <div class="quiet mono small">{event.code}</div>
            </td>
            <td role="cell" class="state">
                <SeverityBadge severity=event.severity/>
            </td>
            <td role="cell" class="line mono small">{event.operation}</td>
            <td role="cell" data-label="Who">
                {event.actor.unwrap_or_else(|| "Not signed in".to_owned())}
            </td>
            <td role="cell" data-label="When">
                <Time at=event.occurred_at/>
            </td>
        </tr>
    }
}
