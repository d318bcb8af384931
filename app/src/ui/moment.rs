//! A moment in an island. The server says how long ago it was; the page's own script says it anew as time passes and when it moves on.

use leptos::prelude::*;

/// `at` is a moment as it is written down, or nothing: an island that hands it on need not read it.
pub fn moment(at: Signal<String>) -> impl IntoView {
    let (ago, exact) = at_first(at);
    view! {
        <time datetime=at title=exact data-shape="ago">
            {ago}
        </time>
    }
}

/// How long ago it was, and when exactly.
#[cfg(feature = "ssr")]
fn at_first(at: Signal<String>) -> (String, String) {
    at.with_untracked(|at| at.parse()).map(|at: domain::time::Timestamp| (super::time::ago(at), at.exact())).unwrap_or_default()
}

/// It stands on the page already.
#[cfg(not(feature = "ssr"))]
fn at_first(_at: Signal<String>) -> (String, String) {
    Default::default()
}
