//! Says whether a page follows what happens; without script, how to read it again.

use domain::time::Timestamp;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::url::here;

/// How the stream of events is, and with it whether what a page shows can be relied on to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser follows a stream"))]
pub enum Stream {
    Connecting,
    Live,
    /// What is shown is as of then.
    Lost(Timestamp),
    /// So has the session.
    Ended,
}

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
    let (state, words) = (stream.clone(), stream);
    view! {
        <span class="needs-script state" class:lost=move || matches!(state.get(), Stream::Lost(_) | Stream::Ended)>
            {move || match words.get() {
                Stream::Connecting => "Connecting".to_owned(),
                Stream::Live => "Live".to_owned(),
                Stream::Ended => "Session ended".to_owned(),
                Stream::Lost(since) => format!("Connection lost, as of {}", since.exact().get(11..).unwrap_or_default()),
            }}
        </span>
    }
}
