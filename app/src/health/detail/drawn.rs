//! The pictures: the latest checks, latency, and each day of ninety.

use domain::policy::HeartbeatPolicy;
use leptos::prelude::*;

use crate::{
    health::{
        chart::{self, Latency, ends_of_strip},
        heartbeat_strip::{Strip, in_words, of_rollups, of_slots},
        history::{CHECKS, History},
    },
    ui::time::length,
};

const DAYS: usize = 90;
const HOUR: i64 = 3_600;
const HOURS: i64 = 7 * 24;
/// Fewer hours than this say no more than the checks.
const FEW_HOURS: usize = 6;

#[component]
pub fn Drawn(past: History, policy: HeartbeatPolicy) -> impl IntoView {
    let interval = i64::from(policy.interval_seconds);
    let newest = past.slots.last().map_or(past.now, |beat| beat.at);
    let checks = of_slots(&past.slots, interval, CHECKS, newest);
    let days = of_rollups(&past.days, 86_400, 90, past.now);
    let span = length(u64::from(policy.interval_seconds) * CHECKS.unsigned_abs());
    let (from, to) = ends_of_strip(newest, interval, CHECKS);
    let hours = (past.hours.len() >= FEW_HOURS).then(|| {
        let (from, to) = ends_of_strip(past.now.floor(HOUR), HOUR, HOURS);
        view! {
            <h3>"7 days"</h3>
            <Latency points=chart::of_hours(&past.hours) from=from to=to step=HOUR * 2 over="latency by the hour, mean and p95"/>
        }
    });
    view! {
        <section class="card" aria-labelledby="beats">
            <header>
                <h2 id="beats">"Heartbeats"</h2>
                <p>{format!("The last {CHECKS}, {span}")}</p>
            </header>
            <div class="body drawn">
                <Strip told=in_words(&checks, "checks") beats=checks places=usize::try_from(CHECKS).unwrap_or_default()/>
                <Latency points=chart::of_slots(&past.slots) from=from to=to step=interval * 2 over="latency of the same checks"/>
                {hours}
                <h3>"90 days"</h3>
                <Strip told=in_words(&days, "days") beats=days places=DAYS/>
                <p class="legend small quiet">
                    "Tall bars failed, middle ones passed, short ones are maintenance. A gap is time that was not tried."
                </p>
            </div>
        </section>
    }
}
