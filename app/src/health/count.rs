//! How many connections are how; each figure leads to them.

use domain::{environment::Environment, health::HealthStatus, health_table::HealthCount};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::{
    filter::address_of,
    status::{STATUSES, badge_style},
};
use crate::ui::{badge::environment_name, icon::Icon};

#[component]
pub fn Counts(counts: Vec<HealthCount>) -> impl IntoView {
    let figures = STATUSES.iter().map(|status| figure(&counts, *status)).collect_view();
    view! { <ul class="figures">{figures}</ul> }
}

fn figure(counts: &[HealthCount], status: HealthStatus) -> impl IntoView + use<> {
    let (word, icon, tone) = badge_style(status);
    let of = |environment: Environment| -> i64 {
        counts.iter().filter(|count| count.status == status && count.environment == environment).map(|count| count.count).sum()
    };
    let parts: Vec<_> = Environment::iter().map(|place| (place, of(place))).filter(|(_, count)| *count > 0).collect();
    let total: i64 = parts.iter().map(|(_, count)| count).sum();
    let parts = parts.iter().map(|(place, count)| format!("{count} {}", environment_name(*place).to_lowercase())).collect::<Vec<_>>().join(" · ");
    view! {
        <li class=tone>
            <a href=address_of(Some(status), None)>
                <span class="name">
                    <Icon path=icon/>
                    {word}
                </span>
                <span class="figure" class:none=total == 0>
                    {total}
                </span>
                <span class="parts">{parts}</span>
            </a>
        </li>
    }
}
