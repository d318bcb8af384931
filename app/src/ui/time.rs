//! A moment: relative in the text, exact on hover and for programs.

use domain::time::Timestamp;
#[cfg(feature = "ssr")]
use engine::Console;
#[cfg(feature = "ssr")]
use leptos::prelude::*;

/// The console's time.
#[cfg(feature = "ssr")]
pub fn now() -> Option<Timestamp> {
    use_context::<Console>().map(|console| console.clock.now())
}

#[cfg(feature = "ssr")]
#[component]
pub fn Time(at: Timestamp) -> impl IntoView {
    let exact = at.exact();
    let text = now().map_or_else(|| exact.clone(), |now| at.relative_to(now));
    view! { <time datetime=at.to_string() title=exact>{text}</time> }
}

/// How long before `now` it was, to the second for the first minute: `12 s ago`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.seconds_since(at) {
        // The clocks of two machines are not the same to the second.
        -5..5 => "just now".to_owned(),
        seconds @ 5..60 => format!("{seconds} s ago"),
        _ => at.relative_to(now),
    }
}

/// A length of time as people say it: `60 s`, `5 min`, `24 h`.
#[cfg(feature = "ssr")]
pub fn length(seconds: u64) -> String {
    match seconds {
        s if s >= 3_600 && s.is_multiple_of(3_600) => format!("{}\u{a0}h", s / 3_600),
        s if s >= 120 && s.is_multiple_of(60) => format!("{}\u{a0}min", s / 60),
        s => format!("{s}\u{a0}s"),
    }
}
