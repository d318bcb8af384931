//! A moment in an island. The server says how long ago it was; the page's own script says it anew as time passes and when it moves on.

use domain::time::Timestamp;
use leptos::prelude::*;

pub fn moment(at: Signal<Option<Timestamp>>) -> impl IntoView {
    let text = move |words: fn(&Timestamp) -> String| Signal::derive(move || at.get().as_ref().map(words).unwrap_or_default());
    view! {
        <time datetime=text(Timestamp::to_string) title=text(Timestamp::exact) data-shape="ago">
            {at_first(at)}
        </time>
    }
}

#[cfg(feature = "ssr")]
fn at_first(at: Signal<Option<Timestamp>>) -> String {
    at.get_untracked().map(super::time::ago).unwrap_or_default()
}

/// It stands on the page already.
#[cfg(not(feature = "ssr"))]
fn at_first(_at: Signal<Option<Timestamp>>) -> String {
    String::new()
}
