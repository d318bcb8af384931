//! The newest errors, found by correlation ID, code or words.

use domain::{
    error::UserError,
    error_event::{ErrorEvent, ErrorFilter},
    severity::Severity,
    time::Timestamp,
};
use engine::report;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::LIST;
use crate::{
    authorize::in_scope,
    ui::{
        badge::{Badge, BadgeStyle},
        empty::Empty,
        filter::{FilterFrame, SearchInput, choice, parsed, searched},
        icon::{ALERT, CIRCLE_CHECK, CROSS, DASH, EXCLAMATION},
        list::{ListCard, ListQuery},
        page::{PageContent, page},
        table::{DataTable, heads},
        time::{Time, now},
    },
};

const SHOWN: u32 = 100;
/// What the address says for errors of any severity, refusals too.
const ALL: &str = "all";
/// Spans that a person looks back over: hours and words.
const SPANS: [(u64, &str); 4] = [(1, "Last hour"), (24, "Last 24 hours"), (24 * 7, "Last 7 days"), (24 * 30, "Last 30 days")];

/// What the address asks for.
#[derive(Clone, Default, PartialEq, Eq)]
struct ErrorQuery {
    q: Option<String>,
    /// [`ALL`], a severity, or nothing for all that failed.
    severity: String,
    hours: Option<u64>,
}

impl ListQuery for ErrorQuery {
    fn read(map: &ParamsMap) -> Self {
        Self { q: searched(map), severity: map.get("severity").unwrap_or_default(), hours: parsed(map, "hours").filter(|hours| *hours <= 24 * 366) }
    }

    fn is_filtered(&self) -> bool {
        *self != Self::default()
    }
}

impl ErrorQuery {
    fn filter(&self, now: Option<Timestamp>) -> ErrorFilter {
        let from = now.zip(self.hours).map(|(now, hours)| now - std::time::Duration::from_secs(hours * 3_600));
        // Whoever searches for an ID means every error of it.
        let only_failures = self.severity.is_empty() && self.q.is_none();
        ErrorFilter { q: self.q.clone(), severity: self.severity.parse().ok(), only_failures, from, ..ErrorFilter::default() }
    }
}

#[component]
pub fn ErrorsPage() -> impl IntoView {
    page(read(ErrorQuery::from_address()))
}

async fn read(query: ErrorQuery) -> Result<PageContent, UserError> {
    let filter = query.filter(now());
    let (events, _) = in_scope(async move |scope| report::events(&scope, &filter, SHOWN, None).await).await?;
    Ok(PageContent::new("Errors", body(query, events)))
}

fn body(query: ErrorQuery, events: Vec<ErrorEvent>) -> impl IntoView {
    let (is_empty, is_filtered) = (events.is_empty(), query.is_filtered());
    let nothing_yet =
        view! { <Empty icon=CIRCLE_CHECK title="No errors recorded" text="When someone meets an error, it appears here under its correlation ID."/> };
    view! {
        <div class="page-head">
            <div>
                <h1>"Errors"</h1>
                <p class="lede">"What people met, and what was behind it."</p>
            </div>
        </div>
        <FilterFrame list=LIST label="Errors" word="Search" is_filtered=is_filtered>
            <SearchInput q=query.q.clone().unwrap_or_default() label="Search errors" placeholder="Correlation ID, code or words"/>
            {choice("severity", "Severity", "All that failed", severities(), Some(query.severity.clone()))}
            {choice("hours", "Time", "Any time", SPANS.map(|(hours, words)| (hours.to_string(), words.to_owned())).to_vec(), query.hours.map(|hours| hours.to_string()))}
        </FilterFrame>
        <ListCard
            is_empty=is_empty
            is_filtered=is_filtered
            nothing_yet=nothing_yet.into_any()
            no_match="No recorded error fits this search."
            list=LIST
        >
            <Events events=events/>
        </ListCard>
    }
}

/// Value and word of each, to choose from.
fn severities() -> Vec<(String, String)> {
    let named =
        [Severity::Critical, Severity::Error, Severity::Warning, Severity::Info].map(|severity| (severity.to_string(), badge_style(severity).0.to_owned()));
    named.into_iter().chain([(ALL.to_owned(), "Everything, refusals too".to_owned())]).collect()
}

#[component]
fn Events(events: Vec<ErrorEvent>) -> impl IntoView {
    let full = events.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    view! {
        <DataTable caption="Errors" heads=heads(["What was read", "Severity", "Operation", "Who", "When"])>
            {events.into_iter().map(row).collect_view()}
        </DataTable>
        {full.then(|| view! { <p class="pager">{format!("The newest {SHOWN}. Search to find older ones.")}</p> })}
    }
}

fn row(event: ErrorEvent) -> impl IntoView {
    let read = if event.user_message.is_empty() { event.message } else { event.user_message };
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=format!("{LIST}/{}", event.correlation_id)>
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

const fn badge_style(severity: Severity) -> BadgeStyle {
    match severity {
        Severity::Info => ("Refusal", DASH, "idle"),
        Severity::Warning => ("Warning", EXCLAMATION, "warn"),
        Severity::Error => ("Error", CROSS, "bad"),
        Severity::Critical => ("Critical", ALERT, "bad"),
    }
}

#[component]
pub fn SeverityBadge(severity: Severity) -> impl IntoView {
    view! { <Badge badge_style=badge_style(severity)/> }
}
