//! A moment: relative in the text, exact on hover and for programs.

use domain::time::Timestamp;
use engine::Console;
use leptos::prelude::*;

/// The console's time.
pub fn now() -> Option<Timestamp> {
    use_context::<Console>().map(|console| console.clock.now())
}

#[component]
pub fn Time(at: Timestamp) -> impl IntoView {
    let exact = at.as_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let text = now().map_or_else(|| exact.clone(), |now| at.relative_to(now));
    view! { <time datetime=at.to_string() title=exact>{text}</time> }
}

/// A length of time as people say it: `60 s`, `5 min`, `24 h`.
pub fn length(seconds: u64) -> String {
    match seconds {
        s if s >= 3_600 && s.is_multiple_of(3_600) => format!("{}\u{a0}h", s / 3_600),
        s if s >= 120 && s.is_multiple_of(60) => format!("{}\u{a0}min", s / 60),
        s => format!("{s}\u{a0}s"),
    }
}
