//! Uptime over four spans, as figures. A span that is longer than what is known says so, and says nothing that a shorter one has said.

use std::time::Duration;

use domain::{
    health::Uptime,
    time::{Timestamp, span_in_words},
};
use leptos::prelude::*;

use crate::{
    health::numbers::{percent, tone},
    ui::{
        markup::IntoMarkup,
        time::{Shape, Time},
    },
};

const DAY: u64 = 86_400;

/// One figure: its span in days, its name, and its uptime.
type Span = (u64, &'static str, Option<f64>);

#[component]
pub fn Uptimes(uptime: Uptime, now: Timestamp) -> impl IntoView {
    let Uptime { last_24h, last_7d, last_30d, last_90d, since } = uptime;
    let spans: [Span; 4] = [(1, "24 hours", last_24h), (7, "7 days", last_7d), (30, "30 days", last_30d), (90, "90 days", last_90d)];
    let figures = spans
        .into_iter()
        .enumerate()
        .map(|(place, (days, name, uptime))| {
            let shorter = place.checked_sub(1).map(|before| spans[before].0);
            let uptime = uptime.filter(|_| says_more(since, now, shorter));
            let part = since.filter(|since| *since > now - span(days));
            let told = part.map(|since| if uptime.is_some() { since_words(since).into_markup() } else { known_words(since, now).into_markup() });
            view! {
                <li>
                    <div class="cell">
                        <span class="name">{name}</span>
                        <span class=format!("figure {}", tone(uptime)) class:none=uptime.is_none()>
                            {percent(uptime)}
                        </span>
                        <span class="parts">{told}</span>
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

fn span(days: u64) -> Duration {
    Duration::from_secs(days * DAY)
}

/// Whether more is known than the next shorter span covers.
fn says_more(since: Option<Timestamp>, now: Timestamp, shorter: Option<u64>) -> bool {
    shorter.is_none_or(|days| since.is_some_and(|since| since <= now - span(days)))
}

fn since_words(since: Timestamp) -> impl IntoView {
    view! { "since " <Time at=since shape=Shape::Minute/> }
}

fn known_words(since: Timestamp, now: Timestamp) -> impl IntoView {
    format!("Known for {}", span_in_words(now.seconds_since(since).max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_data_is_no_uptime_of_ninety_days() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let known = |seconds: u64| Some(now - Duration::from_secs(seconds));
        assert!(says_more(known(60), now, None));
        assert!(!says_more(known(60), now, Some(1)) && !says_more(known(60), now, Some(30)));
        assert!(says_more(known(2 * DAY), now, Some(1)) && !says_more(known(2 * DAY), now, Some(7)));
        assert!(says_more(known(100 * DAY), now, Some(30)));
        assert!(!says_more(None, now, Some(1)));
    }
}
