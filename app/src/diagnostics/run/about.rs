//! When a run was, for how long, and the thread to pull.

use domain::diagnostic::DiagnosticTestRun;
use leptos::prelude::*;

use crate::{
    diagnostics::verdict::{connections, plural},
    ui::{latency::span, time::Time},
};

#[component]
pub fn About(run: DiagnosticTestRun) -> impl IntoView {
    let took = run.started_at.zip(run.finished_at).map(|(from, to)| span(from, to));
    let waited = run.started_at.map(|started| span(run.requested_at, started));
    let fact = |name: &'static str, value: Option<String>| value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> });
    let planned = usize::try_from(run.planned).unwrap_or_default();
    let narrowed = run.scenarios.as_ref().map(|scenarios| scenarios.join(", "));
    let correlation_id = run.correlation_id.to_string();
    view! {
        <section class="card" aria-labelledby="about">
            <header>
                <h2 id="about">"About this run"</h2>
            </header>
            <div class="body">
                <dl class="facts-list">
                    <dt>"Over"</dt>
                    <dd>{format!("{}, {}", connections(run.connection_ids.len()), plural(planned, "scenario"))}</dd>
                    {fact("Narrowed to", narrowed)}
                    {fact("Release", run.release)}
                    <dt>"Asked for by"</dt>
                    <dd>{run.requested_by}</dd>
                    {run.finished_at.map(|at| view! { <dt>"Ended"</dt><dd><Time at=at/></dd> })}
                    {fact("Took", took)}
                    {fact("Waited", waited)}
                    <dt>"Correlation ID"</dt>
                    <dd>
                        <code>{correlation_id.clone()}</code>
                        " "
                        <button type="button" class="button small needs-script" data-copy=correlation_id>
                            "Copy"
                        </button>
                    </dd>
                </dl>
            </div>
        </section>
    }
}
