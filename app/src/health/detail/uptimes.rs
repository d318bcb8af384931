//! Uptime over four spans, as figures.

use domain::health::Uptime;
use leptos::prelude::*;

use crate::health::numbers::{percent, tone};

#[component]
pub fn Uptimes(uptime: Uptime) -> impl IntoView {
    let Uptime { last_24h, last_7d, last_30d, last_90d } = uptime;
    let spans = [("24 hours", last_24h), ("7 days", last_7d), ("30 days", last_30d), ("90 days", last_90d)];
    let figures = spans
        .into_iter()
        .map(|(name, uptime)| {
            view! {
                <li>
                    <div class="cell">
                        <span class="name">{name}</span>
                        <span class=format!("figure {}", tone(uptime)) class:none=uptime.is_none()>
                            {percent(uptime)}
                        </span>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <section aria-label="Uptime">
            <ul class="figures">{figures}</ul>
        </section>
    }
}
