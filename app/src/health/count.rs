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

/// What the counts come to, in a few words, and its tone.
pub fn verdict(counts: &[HealthCount]) -> (String, &'static str) {
    let of = |status: HealthStatus| -> i64 { counts.iter().filter(|count| count.status == status).map(|count| count.count).sum() };
    let (down, degraded, healthy) = (of(HealthStatus::Incident), of(HealthStatus::Degraded), of(HealthStatus::Healthy));
    // What is suspended is so on purpose.
    let total = counts.iter().map(|count| count.count).sum::<i64>() - of(HealthStatus::Suspended);
    match (down, degraded) {
        _ if total == 0 => ("Everything is suspended".to_owned(), "idle"),
        (0, 0) if total == 1 && healthy == 1 => ("The one watched is well".to_owned(), "good"),
        (0, 0) if healthy == total => (format!("All {total} well"), "good"),
        (0, 0) => (format!("{healthy} of {total} well, nothing down"), "idle"),
        (0, degraded) => (format!("{degraded} degraded"), "warn"),
        (down, 0) => (format!("{down} down"), "bad"),
        (down, degraded) => (format!("{down} down, {degraded} degraded"), "bad"),
    }
}

/// The first line of an overview.
#[component]
pub fn Verdict(counts: Vec<HealthCount>) -> impl IntoView {
    let (words, tone) = verdict(&counts);
    view! { <p class=format!("verdict {tone}")>{words}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_said_first() {
        let count = |status, count| HealthCount { environment: Environment::Production, status, count };
        let said = |counts: &[HealthCount]| verdict(counts).0;
        assert_eq!(said(&[count(HealthStatus::Healthy, 89)]), "All 89 well");
        assert_eq!(said(&[count(HealthStatus::Healthy, 86), count(HealthStatus::Incident, 3)]), "3 down");
        assert_eq!(said(&[count(HealthStatus::Incident, 3), count(HealthStatus::Degraded, 1)]), "3 down, 1 degraded");
        assert_eq!(said(&[count(HealthStatus::Degraded, 1)]), "1 degraded");
        assert_eq!(said(&[count(HealthStatus::Healthy, 2), count(HealthStatus::Suspended, 1)]), "All 2 well");
        assert_eq!(said(&[count(HealthStatus::Suspended, 1)]), "Everything is suspended");
        assert_eq!(said(&[count(HealthStatus::Healthy, 1), count(HealthStatus::Unknown, 1)]), "1 of 2 well, nothing down");
    }
}
