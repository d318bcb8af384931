//! Moments and spans: one way to tell each. The browser retells them as time passes, in the person's zone (`page.js`).

use domain::time::{Timestamp, span_in_words};
use engine::Console;
use leptos::prelude::*;

use super::{latency::span, markup::IntoMarkup};

/// The console's time.
pub fn now() -> Option<Timestamp> {
    use_context::<Console>().map(|console| console.clock.now())
}

/// How a moment is told. All are exact on hover and for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// `5 min ago`.
    #[default]
    Ago,
    /// `14:02:05`, for what happens every few seconds; with its day once that is another one.
    Clock,
    /// `2026-01-02 14:02`, for what is planned.
    Minute,
}

#[component]
pub fn Time(at: Timestamp, #[prop(optional)] shape: Shape) -> impl IntoView {
    let exact = at.exact();
    let (name, text) = match shape {
        Shape::Ago => ("ago", ago(at)),
        Shape::Clock => ("clock", clock(at)),
        Shape::Minute => ("minute", format!("{} UTC", at.as_datetime().format("%Y-%m-%d %H:%M"))),
    };
    view! { <time datetime=at.to_string() title=exact data-shape=name>{text}</time> }
}

/// `5 min ago`.
pub fn ago(at: Timestamp) -> String {
    now().map_or_else(|| at.exact(), |now| at.relative_to(now))
}

fn clock(at: Timestamp) -> String {
    let is_today = now().is_some_and(|now| now.seconds_since(at) < 12 * 3_600);
    at.as_datetime().format(if is_today { "%H:%M:%S" } else { "%m-%d %H:%M:%S" }).to_string()
}

/// How long something took, or has been going on.
#[component]
pub fn Lasted(from: Timestamp, to: Option<Timestamp>) -> impl IntoView {
    match to {
        Some(to) => span(from, to).into_markup(),
        None => {
            let text = now().map(|now| span(from, now));
            view! { <time datetime=from.to_string() title=from.exact() data-shape="since">{text}</time> }.into_markup()
        }
    }
}

/// A length of time that was chosen: `60 s`, `5 min`, `24 h`.
pub fn length(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}\u{a0}s"),
        _ => span_in_words(i64::try_from(seconds).unwrap_or(i64::MAX)),
    }
}
