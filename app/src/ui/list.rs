//! What the lists of the console have in common: an address that asks for something, and lines, or the reason why there are none.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{
    empty::NothingMatches,
    markup::{IntoMarkup, Markup, MarkupChildren},
};

/// What the address of a list asks for. What it asks for wrongly is left out.
pub trait ListQuery: Sized {
    fn read(map: &ParamsMap) -> Self;

    /// Whether it leaves something out of the list.
    fn is_filtered(&self) -> bool;

    fn from_address() -> Self {
        Self::read(&use_query_map().read_untracked())
    }
}

/// The lines of a list.
#[component]
pub fn ListCard(
    is_empty: bool,
    is_filtered: bool,
    /// Under which it is read again when something happens.
    #[prop(optional)]
    id: Option<&'static str>,
    /// What stands there before there is anything.
    nothing_yet: Markup,
    /// What is said where the filter leaves nothing.
    no_match: &'static str,
    /// The address of the whole list.
    list: &'static str,
    children: MarkupChildren,
) -> impl IntoView {
    let lines = match (is_empty, is_filtered) {
        (false, _) => children.write().into_markup(),
        (true, true) => view! { <NothingMatches text=no_match clear=list/> }.into_markup(),
        (true, false) => nothing_yet,
    };
    view! {
        <div class="card table-box" id=id data-refresh=id.map(|_| "")>
            {lines}
        </div>
    }
}
