//! The box of the search in every page's header.

use leptos::prelude::*;

use super::PATH;
use crate::ui::icon::{Icon, SEARCH};

/// In the header; where there is no room for it, a way to the page.
#[component]
pub fn QuickSearch() -> impl IntoView {
    view! {
        <form class="search quick-search" method="get" action=PATH role="search" aria-label="Everything">
            <Icon path=SEARCH/>
            <input
                class="input"
                id="search"
                type="search"
                name="q"
                placeholder="Search"
                aria-label="Search everything"
                aria-keyshortcuts="/ Control+K"
                title="Press / or Ctrl-K"
                autocomplete="off"
            />
        </form>
        <a class="quick-search-link" href=PATH aria-label="Search">
            <Icon path=SEARCH/>
        </a>
    }
}
