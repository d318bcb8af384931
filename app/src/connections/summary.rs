//! The settings of a connection at a glance. The credential is told to exist, never shown.

use domain::{kind::KindDescriptor, profile::ServiceConnectionProfile, settings::is_shown};
use leptos::prelude::*;
use serde_json::Value;

use crate::ui::{
    markup::{IntoMarkup, Markup},
    time::{Time, length},
};

#[component]
pub fn Summary(connection: ServiceConnectionProfile, descriptor: Option<KindDescriptor>) -> impl IntoView {
    let settings = descriptor.map(|descriptor| settings(&descriptor, &connection)).unwrap_or_default();
    let beat = connection.heartbeat;
    let retries = match beat.retries {
        0 => "no retry".to_owned(),
        1 => "1 retry".to_owned(),
        more => format!("{more} retries"),
    };
    let every = format!("Every {}, within {}, {retries}", length(beat.interval_seconds.into()), length(beat.timeout_seconds.into()));
    let tags = connection.tags.iter().map(|tag| view! { <span class="tag">{tag.clone()}</span>" " }).collect_view();
    let runbook = connection.runbook_url.clone().map(|url| view! { <dt>"Runbook"</dt><dd><a href=url.clone() rel="noreferrer">{url.clone()}</a></dd> });
    view! {
        <section class="card" aria-labelledby="summary" id="connection-summary" data-refresh="">
            <header>
                <h2 id="summary">"Settings"</h2>
            </header>
            <div class="body">
                <dl class="facts-list">
                    {settings}
                    <dt>"Credential"</dt>
                    <dd>{if connection.has_credential { "Stored, never shown" } else { "None" }}</dd>
                    <div class="apart"></div>
                    <dt>"Heartbeat"</dt>
                    <dd>{every}</dd>
                    {connection.owner.clone().map(|owner| view! { <dt>"Owner"</dt><dd>{owner}</dd> })}
                    {(!connection.tags.is_empty()).then(|| view! { <dt>"Tags"</dt><dd>{tags}</dd> })}
                    {runbook}
                    <div class="apart"></div>
                    <dt>"Version"</dt>
                    <dd>{connection.version}</dd>
                    <dt>"Created"</dt>
                    <dd><Time at=connection.created_at/></dd>
                    <dt>"Updated"</dt>
                    <dd><Time at=connection.updated_at/></dd>
                </dl>
            </div>
        </section>
    }
}

fn settings(descriptor: &KindDescriptor, connection: &ServiceConnectionProfile) -> Vec<Markup> {
    let query = descriptor.fields.iter().filter(|field| !field.is_secret() && is_shown(&descriptor.fields, field, &connection.settings));
    query
        .filter_map(|field| {
            let text = connection.settings.get(&*field.name).and_then(value_text)?;
            Some(view! { <dt>{field.label.to_string()}</dt><dd>{text}</dd> }.into_markup())
        })
        .collect()
}

/// A setting in words; nothing for one that is empty.
fn value_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) if text.lines().count() > 1 => format!("{} lines", text.lines().count()),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}
