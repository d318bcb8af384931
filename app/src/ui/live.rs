//! Says that a page follows what happens, or, without script, how to read it again.

use leptos::prelude::*;

use super::url::here;

#[component]
pub fn Live() -> impl IntoView {
    view! {
        <p class="live small quiet">
            <span class="needs-script" data-live-state="">
                "Connecting"
            </span>
            <noscript>
                <a class="button small" href=here()>
                    "Read again"
                </a>
            </noscript>
        </p>
    }
}
