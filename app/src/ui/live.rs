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
    /// The console is there, but what has changed since then could not be read.
    Old(Timestamp),
    /// What is shown is as of then.
    Lost(Timestamp),
    /// So has the session.
    Ended,
}

impl Stream {
    /// Whether what is shown may not be so any more.
    pub const fn is_old(self) -> bool {
        !matches!(self, Self::Connecting | Self::Live)
    }

    /// The last moment for which what is shown was certainly so.
    pub const fn since(self) -> Option<Timestamp> {
        match self {
            Self::Old(since) | Self::Lost(since) => Some(since),
            Self::Connecting | Self::Live | Self::Ended => None,
        }
    }
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
    let (state, words, moment) = (stream.clone(), stream.clone(), stream);
    view! {
        <span class="needs-script state" class:lost=move || state.get().is_old()>
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
