//! When this connection's failures become an incident.

use domain::{permission::Permission, policy::AlertPolicy, profile::ServiceConnectionProfile, severity::IncidentSeverity};
use leptos::prelude::*;

use crate::{
    authorize::may,
    connections::path_of,
    ui::{latency::milliseconds_told, time::length},
};

#[component]
pub fn Rules(connection: ServiceConnectionProfile) -> impl IntoView {
    let beat = connection.heartbeat;
    let AlertPolicy { failures, of_last, recovery_passes, slow_ms, severity } = beat.alert;
    let opens = if of_last > failures { format!("{failures} failures of the last {of_last}") } else { format!("{failures} failures in a row") };
    let recovers = if recovery_passes > 1 { format!("{recovery_passes} passes in a row") } else { "One pass".to_owned() };
    let slow = slow_ms.map_or_else(|| "No limit".to_owned(), |limit| format!("Above {}", milliseconds_told(f64::from(limit))));
    let severity = severity.unwrap_or(IncidentSeverity::usual_in(connection.environment)).to_string().to_uppercase();
    let edit = may(Permission::ConfigureConnections).then(|| view! { <a class="small" href=format!("{}/edit", path_of(connection.id))>"Change"</a> });
    view! {
        <section class="card" aria-labelledby="thresholds">
            <header>
                <h2 id="thresholds">"Thresholds"</h2>
                {edit}
            </header>
            <div class="body">
                <dl class="facts-list">
                    <dt>"Tried"</dt>
                    <dd>{format!("Every {}, within {}", length(beat.interval_seconds.into()), length(beat.timeout_seconds.into()))}</dd>
                    <dt>"Incident"</dt>
                    <dd>{opens}</dd>
                    <dt>"Recovery"</dt>
                    <dd>{recovers}</dd>
                    <dt>"Slow"</dt>
                    <dd>{slow}</dd>
                    <dt>"Urgency"</dt>
                    <dd>{severity}</dd>
                </dl>
            </div>
        </section>
    }
}
