//! Says whether a page follows what happens; without script, how to read it again.

use leptos::prelude::*;

use super::stream::Stream;
#[cfg(feature = "ssr")]
use super::url::here;

/// The page's stream, for an island to follow.
fn stream() -> ArcRwSignal<Stream> {
    #[cfg(feature = "hydrate")]
    return crate::browser::stream();
    #[cfg(not(feature = "hydrate"))]
    ArcRwSignal::new(Stream::Connecting)
}

#[cfg(feature = "ssr")]
#[component]
pub fn Live() -> impl IntoView {
    view! {
        <div class="live-state small quiet">
            <LiveState/>
            <noscript>
                <a class="button small" href=here()>
                    "Read again"
                </a>
            </noscript>
        </div>
    }
}

#[island]
pub fn LiveState() -> impl IntoView {
    let stream = stream();
    let (state, words, moment) = (stream.clone(), stream.clone(), stream);
    view! {
        <span class="needs-script state" class:lost=move || state.get() != Stream::Live>
            {move || match words.get() {
                Stream::Connecting => "Connecting",
                Stream::Live => "Live",
                Stream::Ended => "Session ended",
                Stream::Old(_) => "Not up to date, as of ",
                Stream::Lost(_) => "Connection lost, as of ",
            }}
            // The page's own script tells it, in the person's zone.
            <time data-shape="clock" datetime=move || moment.get().since().map(|since| since.to_string()).unwrap_or_default()></time>
        </span>
    }
}
