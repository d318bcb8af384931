//! What stands where there is nothing yet: it says what to do next.

use leptos::prelude::*;

use super::icon::Icon;
#[cfg(feature = "ssr")]
use super::{
    icon::SEARCH,
    markup::{IntoMarkup, MarkupChildren},
};

#[cfg(feature = "ssr")]
#[component]
pub fn Empty(
    icon: Icon,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    /// Whether it is all there is on the page, so that its title is the page's.
    #[prop(optional)]
    alone: bool,
    /// The next act.
    #[prop(optional)]
    children: Option<MarkupChildren>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon path=icon/>
            {if alone { view! { <h1>{title}</h1> }.into_markup() } else { view! { <h2>{title}</h2> }.into_markup() }}
            <p>{text}</p>
            {children.map(|children| view! { <div class="buttons">{children.write()}</div> })}
        </div>
    }
}

/// What a filter leaves of a list when that is nothing; `clear` is the address of the whole list.
#[cfg(feature = "ssr")]
#[component]
pub fn NothingMatches(text: &'static str, clear: &'static str) -> impl IntoView {
    view! {
        <Empty icon=SEARCH title="Nothing matches" text=text>
            <a class="button" href=clear>
                "Clear the filter"
            </a>
        </Empty>
    }
}

/// The same on an island.
pub fn empty(icon: Icon, title: &'static str, text: impl IntoView, act: impl IntoView) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon path=icon/>
            <h2>{title}</h2>
            <p>{text}</p>
            <div class="buttons">{act}</div>
        </div>
    }
}
