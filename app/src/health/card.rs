//! A connection's health at a glance, on its own page.

use domain::{
    health::{ConnectionHealth, HealthStatus},
    heartbeat::{Heartbeat, Slot},
    profile::{ServiceConnectionProfile, State},
};
use engine::{OpsError, Scope, health};
use leptos::prelude::*;

use super::{
    heartbeat_strip::{Strip, in_words, of_slots},
    history::checks,
    numbers::{latency, part_of_day, percent},
    path_of,
    status::HealthBadge,
};
use crate::ui::time::Time;

/// Bars of the strip.
const HEARTBEATS_SHOWN: i64 = 40;

/// How a connection is, and its latest slots.
#[derive(Clone)]
pub struct HealthSummary {
    health: ConnectionHealth,
    slots: Vec<Heartbeat>,
    interval: i64,
}

impl HealthSummary {
    /// Nothing for a connection that is not watched.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(scope: &Scope, connection: &ServiceConnectionProfile) -> Result<Option<Self>, OpsError> {
        if !matches!(connection.state, State::Active | State::Suspended) {
            return Ok(None);
        }
        let now = Slot::at(scope.console().clock.now());
        Ok(Some(Self {
            health: health::get(scope, connection.id).await?,
            slots: checks(scope, connection.id, connection.heartbeat, now).await?,
            interval: connection.heartbeat.interval_seconds.into(),
        }))
    }
}

#[component]
pub fn Card(glance: HealthSummary) -> impl IntoView {
    let HealthSummary { health, slots, interval } = glance;
    let id = health.connection_id;
    let newest = slots.last().map(|beat| beat.at);
    let beats = newest.map(|newest| of_slots(&slots, interval, HEARTBEATS_SHOWN, newest)).unwrap_or_default();
    let told = in_words(&beats, "checks");
    let figures = match health.status {
        HealthStatus::Unknown => "No heartbeat yet".to_owned(),
        _ => {
            let over = part_of_day(&health).unwrap_or_else(|| "24 hours".to_owned());
            let uptime = health.known_uptime().map_or_else(|| "No uptime yet".to_owned(), |known| format!("{} over {over}", percent(Some(known))));
            format!("{uptime} · {}", latency(health.last_latency_ms))
        }
    };
    view! {
        <section class="card" aria-labelledby="health" id="connection-health" data-refresh="" data-watch=id.to_string()>
            <header>
                <h2 id="health">"Health"</h2>
                <a class="small" href=path_of(id)>
                    "All heartbeats"
                </a>
            </header>
            <div class="body">
                <p class="latest">
                    <HealthBadge status=health.status/>
                    {health.last_heartbeat_at.map(|at| view! { <Time at=at/> })}
                </p>
                <Strip beats=beats places=usize::try_from(HEARTBEATS_SHOWN).unwrap_or_default() told=told/>
                <p class="quiet small">{figures}</p>
            </div>
        </section>
    }
}
