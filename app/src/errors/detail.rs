//! Everything behind one correlation ID.

use domain::{
    correlation::CorrelationId,
    error::{ErrorCode, UserError},
    error_event::ErrorEvent,
};
use engine::report;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{LIST, list::SeverityBadge};
use crate::{
    authorize::in_scope,
    connections::path_of,
    ui::{
        page::{PageContent, page},
        time::Time,
    },
};

#[component]
pub fn ErrorPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("correlation_id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<CorrelationId>) -> Result<PageContent, UserError> {
    let events = in_scope(async move |scope| {
        let id = id.ok_or(ErrorCode::ErrorNotFound)?;
        report::event(&scope, &id).await
    })
    .await?;
    let id = events.first().map(|event| event.correlation_id.to_string()).unwrap_or_default();
    Ok(PageContent::new("Error", body(id, events)).under("Errors", LIST))
}

fn body(id: String, events: Vec<ErrorEvent>) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>"Error"</h1>
                <p class="lede">"Correlation ID " <code>{id}</code></p>
            </div>
        </div>
        <div class="stack">{events.into_iter().map(record).collect_view()}</div>
    }
}

fn record(event: ErrorEvent) -> impl IntoView {
    let behind = if event.message.is_empty() { "A rule refused this; nothing failed.".to_owned() } else { event.message };
    let context = match &event.context {
        serde_json::Value::Object(members) if !members.is_empty() => serde_json::to_string_pretty(&event.context).ok(),
        _ => None,
    };
    let fact = |name: &'static str, value: Option<String>| value.filter(|value| !value.is_empty()).map(|value| view! { <dt>{name}</dt><dd>{value}</dd> });
    let connection = event.connection_id.map(|id| view! { <dt>"Connection"</dt><dd><a href=path_of(id)>{id.to_string()}</a></dd> });
    view! {
        <article class="card">
            <header>
                <div>
                    <h2>{event.user_message}</h2>
                    <p><Time at=event.occurred_at/></p>
                </div>
                <SeverityBadge severity=event.severity/>
            </header>
            <div class="body">
                <dl class="facts-list">
                    <dt>"Behind it"</dt>
                    <dd>{behind}</dd>
                    <dt>"Code"</dt>
                    <dd class="mono">{event.code}</dd>
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
                </dl>
            </div>
        </article>
    }
}
