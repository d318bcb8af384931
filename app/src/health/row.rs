//! One connection in the table. What `data-health` marks, the browser moves on with each heartbeat.

use domain::health_table::ListedHealth;
use leptos::prelude::*;

use super::{
    heartbeat_strip::{Strip, of_tried, told},
    numbers::{latency, percent, streak, tone},
    path_of,
    status::HealthBadge,
};
use crate::{
    incidents::QuickAcknowledge,
    ui::{badge::EnvironmentBadge, time::Time},
};

/// As many slots as a snapshot remembers.
pub const BEATS: usize = 32;

pub fn row(ListedHealth { health, beats, is_acknowledged }: ListedHealth) -> impl IntoView {
    let id = health.connection_id;
    let beats = of_tried(&beats);
    let told = told(&beats, "checks");
    let failing = health.consecutive_failures > 0;
    view! {
        <tr role="row" data-health=id.to_string() data-status=health.status.to_string() data-at=health.last_heartbeat_at.map(|at| at.to_string())>
            <td role="cell" class="state">
                <HealthBadge status=health.status/>
            </td>
            <td role="cell" class="name">
                <a class="row-link" href=path_of(id)>
                    {health.name}
                </a>
                {failing.then(|| health.last_failure.map(|failure| view! { <div class="quiet small clipped">{failure}</div> }))}
            </td>
            <td role="cell" class="place">
                <EnvironmentBadge environment=health.environment/>
            </td>
            <td role="cell" class="beats">
                <Strip beats=beats places=BEATS told=told class="small"/>
            </td>
            <td role="cell" class=format!("nowrap {}", tone(health.uptime_24h)) data-label="Uptime">
                {percent(health.uptime_24h)}
            </td>
            <td role="cell" class="nowrap streak" class:bad=failing data-label="Streak">
                {streak(health.consecutive_failures)}
            </td>
            <td role="cell" class="nowrap latency" data-label="Latency">
                <span data-latency="">{latency(health.last_latency_ms)}</span>
                <div class="quiet small">
                    {health.p95_latency_ms.map(|p95| format!("p95 {} · ", latency(Some(p95))))}
                    {health.last_heartbeat_at.map(|at| view! { <Time at=at/> })}
                </div>
            </td>
            <td role="cell" class="line act">
                {health.open_incident_id.map(|incident| view! { <QuickAcknowledge id=incident is_acknowledged=is_acknowledged/> })}
            </td>
        </tr>
    }
}
