//! Everything under one correlation ID: one time line, the errors behind it, and the connections that it names.

use std::collections::HashMap;

use domain::{
    correlation_id::CorrelationId,
    error::{ErrorCode, UserError},
    error_event::{ErrorEvent, LogLine},
    ids::ProfileId,
    profile::ServiceConnectionProfile,
    runbook::KeptRunbook,
    thread::{Moment, MomentKind, Thread},
};
use engine::{report::SERVICE, runbooks::offers, thread};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{LIST, catalogue, group_path, severity::SeverityBadge};
use crate::{
    authorize::in_scope,
    channels,
    connections::{
        self,
        kind::KindName,
        line::{badges, connection_line},
    },
    diagnostics, health, incidents, runbooks,
    ui::{
        icon::{ALERT, BOLT, CHECK, CHECKLIST, ENVELOPE, FILE, Icon, PEOPLE, PLUG, PULSE},
        markup::IntoMarkup,
        page::{PageContent, page},
        time::{Shape, Time},
    },
};

#[component]
pub fn ErrorPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("correlation_id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<CorrelationId>) -> Result<PageContent, UserError> {
    let (thread, runbooks) = in_scope(async move |scope| {
        let thread = thread::read(&scope, &id.ok_or(ErrorCode::ErrorNotFound)?).await?;
        let mut runbooks = HashMap::new();
        for connection in &thread.connections {
            let best = offers::for_connection(&scope, connection.id, thread.cause_of(connection.id)).await?.into_iter().next();
            runbooks.extend(best.map(|runbook| (connection.id, runbook)));
        }
        Ok((thread, runbooks))
    })
    .await?;
    // What it is, in the title: an error where there is one.
    let title = if thread.events.is_empty() { "What happened" } else { "Error" };
    Ok(PageContent::new(title, body(title, thread, runbooks)).under("Errors", LIST))
}

fn body(title: &'static str, thread: Thread, runbooks: HashMap<ProfileId, KeptRunbook>) -> impl IntoView {
    let markdown = thread.markdown();
    let Thread { correlation_id, timeline, events, connections, .. } = thread;
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="lede">"Correlation ID " <code>{correlation_id.to_string()}</code></p>
            </div>
            <div class="buttons">
                <button type="button" class="button needs-script" data-copy=markdown>
                    "Copy as Markdown"
                </button>
            </div>
        </div>
        <div class="stack">
            {events.into_iter().map(record).collect_view()}
            <section class="card" aria-labelledby="timeline">
                <header>
                    <h2 id="timeline">"Time line"</h2>
                </header>
                <ol class="history">{timeline.into_iter().map(line).collect_view()}</ol>
            </section>
            {(!connections.is_empty()).then(|| view! { <Connections connections=connections best=runbooks/> })}
        </div>
    }
}

fn line(moment: Moment) -> impl IntoView {
    let (icon, tone) = match moment.kind {
        MomentKind::Log => (FILE, ""),
        MomentKind::Act => (PEOPLE, ""),
        MomentKind::Heartbeat => (PULSE, ""),
        MomentKind::Verification => (PLUG, ""),
        MomentKind::Step => (CHECK, ""),
        MomentKind::Run | MomentKind::Result => (CHECKLIST, ""),
        MomentKind::Error => (ALERT, "warn"),
        MomentKind::Incident => (BOLT, ""),
        MomentKind::Delivery => (ENVELOPE, ""),
    };
    let title = match path_of(&moment) {
        Some(path) => view! { <a href=path>{moment.title}</a> }.into_markup(),
        None => moment.title.into_markup(),
    };
    view! {
        <li class=tone>
            <Icon path=icon/>
            <div>
                <strong>{title}</strong>
                {(!moment.text.is_empty()).then(|| view! { <p class="said">{moment.text}</p> })}
            </div>
            <Time at=moment.at shape=Shape::Clock/>
        </li>
    }
}

/// Where the thing is shown.
fn path_of(moment: &Moment) -> Option<String> {
    let id = moment.thing_id.as_deref()?;
    match moment.kind {
        MomentKind::Verification => Some(connections::path_of(id.parse().ok()?)),
        MomentKind::Heartbeat => Some(health::path_of(id.parse().ok()?)),
        MomentKind::Run => Some(diagnostics::path_of(id.parse().ok()?)),
        MomentKind::Incident => Some(incidents::path_of(id.parse().ok()?)),
        MomentKind::Delivery => Some(channels::path_of(id.parse().ok()?)),
        MomentKind::Log | MomentKind::Act | MomentKind::Step | MomentKind::Result | MomentKind::Error => None,
    }
}

#[component]
fn Connections(connections: Vec<ServiceConnectionProfile>, mut best: HashMap<ProfileId, KeptRunbook>) -> impl IntoView {
    let lines = connections
        .into_iter()
        .map(|connection| {
            let badges = badges(&connection);
            let runbook = best.remove(&connection.id);
            let runbook = runbook.map(|runbook| view! { " · Runbook: " <a href=runbooks::path_for(runbook.id, connection.id)>{runbook.name}</a> });
            let about = view! {
                <KindName kind=connection.kind/>
                {runbook}
            };
            connection_line(connection.id, connection.name, about, badges)
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="connections">
            <header>
                <h2 id="connections">"Connections"</h2>
            </header>
            <ul class="attention">{lines}</ul>
        </section>
    }
}

fn record(event: ErrorEvent) -> impl IntoView {
    let behind = if event.message.is_empty() { "A rule refused this; nothing failed.".to_owned() } else { event.message };
    let context = match &event.context {
        serde_json::Value::Object(members) if !members.is_empty() => serde_json::to_string_pretty(&event.context).ok(),
        _ => None,
    };
    let fact = |name: &'static str, value: Option<String>| value.filter(|value| !value.is_empty()).map(|value| view! { <dt>{name}</dt><dd>{value}</dd> });
    let connection = event.connection_id.map(|id| view! { <dt>"Connection"</dt><dd><a href=connections::path_of(id)>{id.to_string()}</a></dd> });
    let known = event.code.parse().ok().filter(|_| event.service == SERVICE);
    let code = match known {
        Some(code) => view! { <a href=catalogue::path_of(code)>{event.code.clone()}</a> }.into_markup(),
        None => event.code.clone().into_markup(),
    };
    let alike = event.group_id.map(|id| view! { <a class="button small" href=group_path(id)>"Errors like this"</a> });
    let title = if event.user_message.is_empty() { event.code } else { event.user_message };
    view! {
        <article class="card">
            <header>
                <div>
                    <h2>{title}</h2>
                    <p><Time at=event.occurred_at/></p>
                </div>
                <div class="buttons">{alike} <SeverityBadge severity=event.severity/></div>
            </header>
            <div class="body">
                <dl class="facts-list">
                    <dt>"Behind it"</dt>
                    <dd>{behind}</dd>
                    <dt>"Code"</dt>
                    <dd class="mono">{code}</dd>
                    <dt>"Operation"</dt>
                    <dd class="mono">{event.operation}</dd>
                    {fact("Who", event.actor)}
                    {fact("Service", Some(event.service))}
                    {fact("Environment", event.environment)}
                    {fact("Trace", event.trace_id)}
                    {connection}
                    <dt>"At"</dt>
                    <dd>{event.occurred_at.to_string()}</dd>
                    {context.map(|context| view! { <dt>"Context"</dt><dd><pre tabindex="0">{context}</pre></dd> })}
                    {log(&event.log_lines).map(|lines| view! { <dt>"Log"</dt><dd><pre tabindex="0">{lines}</pre></dd> })}
                </dl>
            </div>
        </article>
    }
}

fn log(lines: &[LogLine]) -> Option<String> {
    let written = |line: &LogLine| format!("{} {} {}", line.at, line.level, line.text);
    (!lines.is_empty()).then(|| lines.iter().map(written).collect::<Vec<_>>().join("\n"))
}
