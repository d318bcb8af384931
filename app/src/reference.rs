//! The reference of the HTTP API, drawn from the description that `/api/openapi.json` serves: every route, what it takes and what it answers.

use std::collections::BTreeMap;

use domain::error::UserError;
use leptos::prelude::*;
use serde_json::Value;

use crate::{
    authorize::in_scope,
    ui::page::{PageContent, page},
};

/// The description, for the page.
#[derive(Clone, Copy)]
pub struct ApiDescription(pub &'static Value);

#[component]
pub fn ReferencePage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let description = use_context::<ApiDescription>();
    // For whoever is signed in.
    in_scope(async |_scope| Ok(())).await?;
    Ok(PageContent::new("API reference", description.map(|ApiDescription(document)| body(document))))
}

/// One method of one path.
struct Operation {
    method: String,
    path: &'static str,
    about: &'static Value,
}

impl Operation {
    fn id(&self) -> String {
        self.about["operationId"].as_str().map_or_else(|| format!("{} {}", self.method, self.path), str::to_owned)
    }
}

/// By tag, in the order of their paths.
fn operations(document: &'static Value) -> BTreeMap<&'static str, Vec<Operation>> {
    let mut tags: BTreeMap<_, Vec<Operation>> = BTreeMap::new();
    for (path, item) in members(&document["paths"]) {
        for (method, about) in members(item) {
            let tag = about.pointer("/tags/0").and_then(Value::as_str).unwrap_or("other");
            tags.entry(tag).or_default().push(Operation { method: method.to_uppercase(), path, about });
        }
    }
    tags
}

fn members(value: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn body(document: &'static Value) -> impl IntoView {
    let tags = operations(document);
    let links = tags.keys().map(|tag| view! { <a class="button small" href=format!("#{tag}")>{*tag}</a> }).collect_view();
    let sections = tags.into_iter().map(|(tag, operations)| section(tag, operations)).collect_view();
    view! {
        <div class="page-head">
            <div>
                <h1>"API reference"</h1>
                <p class="lede">
                    "Send " <code>"Authorization: Bearer sbt_…"</code> ". Every error is " <code>"application/problem+json"</code> " out of the "
                    <a href=crate::errors::catalogue::PATH>"catalogue"</a> "; for programs the same stands at " <a href="/api/openapi.json">"/api/openapi.json"</a> "."
                </p>
            </div>
        </div>
        <div class="stack">
            <nav class="buttons" aria-label="Parts">
                {links}
            </nav>
            {sections}
        </div>
    }
}

fn section(tag: &'static str, operations: Vec<Operation>) -> impl IntoView {
    view! {
        <section class="card" id=tag aria-label=format!("Routes: {tag}")>
            <header>
                <h2>{tag}</h2>
            </header>
            <div class="body stack-small">{operations.into_iter().map(operation).collect_view()}</div>
        </section>
    }
}

fn operation(operation: Operation) -> impl IntoView {
    let id = operation.id();
    let Operation { method, path, about } = operation;
    let said = ["summary", "description"].into_iter().filter_map(|name| about[name].as_str()).map(|text| view! { <p>{text}</p> }).collect_view();
    let parameters: Vec<_> = about["parameters"].as_array().into_iter().flatten().map(parameter).collect();
    let request = about.get("requestBody").map(|request| view! { <dt>"Request"</dt><dd>{bodies(&request["content"])}</dd> });
    let answers = members(&about["responses"]).map(|(status, response)| answer(status, response)).collect_view();
    view! {
        <details id=id>
            <summary>
                <strong class="mono">{method}</strong>
                " "
                <code>{path}</code>
            </summary>
            {said}
            <dl class="facts-list">{parameters} {request} {answers}</dl>
        </details>
    }
}

fn parameter(parameter: &'static Value) -> impl IntoView {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default();
    let required = if parameter["required"] == true { ", required" } else { "" };
    let described = text("description");
    view! {
        <dt class="mono">{text("name")}</dt>
        <dd>{format!("{}{required}{}{described}", text("in"), if described.is_empty() { "" } else { ". " })}</dd>
    }
}

/// What goes over the wire, by an example.
fn bodies(content: &'static Value) -> impl IntoView {
    members(content)
        .map(|(kind, described)| {
            let example = described.get("example").and_then(|example| serde_json::to_string_pretty(example).ok());
            view! {
                <code>{kind}</code>
                {example.map(|example| view! { <pre tabindex="0">{example}</pre> })}
            }
        })
        .collect_view()
}

fn answer(status: &'static str, response: &'static Value) -> impl IntoView {
    view! {
        <dt>{status}</dt>
        <dd>
            {response["description"].as_str()} " " {bodies(&response["content"])}
        </dd>
    }
}
