//! The evidence pack of a run and how anyone can check it; when the run was, for how long, and the thread to pull.

use domain::ids::RunId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::moment::{Moment, moment};
use crate::ui::icon::{DOWNLOAD, Icon};

#[derive(Clone, Serialize, Deserialize)]
pub struct PackView {
    /// How much there is.
    pub told: String,
    /// Checks the pack.
    pub command: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub enum Fact {
    Text(String, String),
    At(String, Moment),
}

pub fn pack(run: RunId, pack: PackView) -> AnyView {
    let PackView { told, command } = pack;
    view! {
        <section class="card" aria-labelledby="pack">
            <header>
                <h2 id="pack">"Evidence"</h2>
                <a class="button small" href=format!("/api/diagnostics/runs/{run}/evidence") download=format!("evidence-{run}.zip")>
                    <Icon path=DOWNLOAD/>
                    "Download pack"
                </a>
            </header>
            <div class="body stack-small">
                <p>{told}</p>
                <p class="quiet small">"Check it anywhere, without this console:"</p>
                <pre tabindex="0" class="command">{command.clone()}</pre>
                <div>{copy(command)}</div>
            </div>
        </section>
    }
    .into_any()
}

pub fn about(facts: Vec<Fact>, correlation_id: String) -> AnyView {
    let facts = facts.into_iter().map(|fact| match fact {
        Fact::Text(name, value) => view! { <dt>{name}</dt><dd>{value}</dd> }.into_any(),
        Fact::At(name, at) => view! { <dt>{name}</dt><dd>{moment(at)}</dd> }.into_any(),
    });
    view! {
        <section class="card" aria-labelledby="about">
            <header>
                <h2 id="about">"About this run"</h2>
            </header>
            <div class="body">
                <dl class="facts-list">
                    {facts.collect_view()} <dt>"Correlation ID"</dt> <dd>
                        <code>{correlation_id.clone()}</code>
                        " "
                        {copy(correlation_id)}
                    </dd>
                </dl>
            </div>
        </section>
    }
    .into_any()
}

fn copy(text: String) -> AnyView {
    view! {
        <button type="button" class="button small needs-script" data-copy=text>
            "Copy"
        </button>
    }
    .into_any()
}
