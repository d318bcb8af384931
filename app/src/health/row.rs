//! One line of the table: every cell is a text that follows the row.

use domain::health_table::{HEARTBEATS_SHOWN, HealthRow};
use leptos::prelude::*;

use super::{
    heartbeat_strip::{Strip, in_words},
    numbers::{latency, streak},
    path_of,
    status::badge_style,
};
use crate::{
    incidents,
    ui::{gone::class, icon::Icon, moment::moment},
};

pub fn row(row: RwSignal<HealthRow>) -> impl IntoView {
    let text = move |words: fn(&HealthRow) -> String| Signal::derive(move || row.with(words));
    view! {
        <tr role="row" class=text(|row| if row.latest.is_some() { "" } else { "gone" }.to_owned())>
            <td role="cell" class="state">
                <span class=text(|row| format!("badge {}", badge_style(row.status()).2))>
                    <Icon path=text(|row| badge_style(row.status()).1.to_owned())/>
                    {text(|row| badge_style(row.status()).0.to_owned())}
                </span>
            </td>
            <td role="cell" class="name">
                <a class="row-link" href=text(|row| row.connection_id().map(path_of).unwrap_or_default())>
                    {text(|row| row.name.clone())}
                </a>
                <div class=text(|row| class("quiet small clipped", row.failures() > 0 && !row.failure.is_empty()))>{text(|row| row.failure.clone())}</div>
            </td>
            <td role="cell" class="place">
                <span class=text(|row| format!("environment {}", row.environment.to_ascii_lowercase()))>{text(|row| row.environment.clone())}</span>
            </td>
            <td role="cell" class="beats">
                <Strip beats=text(|row| row.beats.clone()) told=text(|row| in_words(&row.beats, "checks")) places=HEARTBEATS_SHOWN class="small"/>
            </td>
            {figure("Uptime", text(|row| format!("nowrap {}", row.tone)), text(|row| row.uptime.clone()))}
            {figure(
                "Streak",
                text(|row| if row.failures() > 0 { "nowrap streak bad" } else { "nowrap streak" }.to_owned()),
                text(|row| streak(row.failures())),
            )}
            <td role="cell" class="nowrap latency" data-label="Latency">
                <span>{text(|row| latency(row.latest.as_ref().and_then(|latest| latest.last_latency_ms)))}</span>
                <div class="quiet small">
                    {text(|row| row.p95.clone())}
                    {moment(text(|row| row.last_heartbeat_at().map(|at| at.to_string()).unwrap_or_default()))}
                </div>
            </td>
            <td role="cell" class="line act">
                <button
                    type="submit"
                    name="id"
                    class=text(|row| class("button small above", row.waits_for_reader()))
                    value=text(|row| row.incident_id().map(|id| id.to_string()).unwrap_or_default())
                    aria-busy=text(|row| row.is_sending.to_string())
                >
                    <span>{text(|row| if row.is_sending { "Acknowledging…" } else { "Acknowledge" }.to_owned())}</span>
                </button>
                <a
                    class=text(|row| class("small above", row.incident_id().is_some() && !row.waits_for_reader()))
                    href=text(|row| row.incident_id().map(incidents::path_of).unwrap_or_default())
                >
                    {text(|row| if row.is_acknowledged { "Acknowledged" } else { "Open incident" }.to_owned())}
                </a>
            </td>
        </tr>
    }
}

fn figure(label: &'static str, class: Signal<String>, words: Signal<String>) -> impl IntoView {
    view! {
        <td role="cell" class=class data-label=label>
            {words}
        </td>
    }
}
