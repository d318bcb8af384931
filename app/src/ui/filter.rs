//! How lists are narrowed and paged by their address, and parts of the forms that do it.

use domain::list_query::{page_number, search_text};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::{
    icon::{Icon, SEARCH},
    markup::MarkupChildren,
    url::query,
};

/// What the address says under `name`; nothing if it makes no sense.
pub fn parsed<T: std::str::FromStr>(map: &ParamsMap, name: &str) -> Option<T> {
    map.get_str(name)?.parse().ok()
}

/// What the address searches for.
pub fn searched(map: &ParamsMap) -> Option<String> {
    search_text(map.get_str("q")?)
}

/// The page that the address asks for, the first being 1.
pub fn page_of(map: &ParamsMap) -> u32 {
    page_number(map.get_str("page").unwrap_or_default())
}

/// The value of a choice that was made, for an address or a form.
pub fn chosen<T: ToString>(choice: Option<&T>) -> String {
    choice.map(ToString::to_string).unwrap_or_default()
}

/// The address of `list` at `page`; what is empty is left out.
pub fn address<const N: usize>(list: &str, choices: [(&str, String); N], page: u32) -> String {
    let page = if page > 1 { page.to_string() } else { String::new() };
    let pairs = choices.iter().map(|(name, value)| (*name, value.as_str()));
    format!("{list}{}", query(pairs.chain([("page", page.as_str())])))
}

/// The form that narrows a list: what it may be narrowed by, and the way back to all of it.
#[component]
pub fn FilterFrame(
    /// The address of the list.
    list: &'static str,
    /// What is narrowed, for whoever hears the page.
    label: &'static str,
    /// The word on the button.
    #[prop(default = "Filter")]
    word: &'static str,
    is_filtered: bool,
    children: MarkupChildren,
) -> impl IntoView {
    view! {
        <form class="filter" method="get" action=list role="search" aria-label=label>
            {children.write()}
            <button class="button" type="submit">
                {word}
            </button>
            {is_filtered.then(|| view! { <a class="button plain" href=list>"Clear"</a> })}
        </form>
    }
}

/// Where words to search for are typed.
#[component]
pub fn SearchInput(
    #[prop(into)] q: String,
    label: &'static str,
    placeholder: &'static str,
    /// Whether it has the focus when the page is opened.
    #[prop(optional)]
    is_first: bool,
) -> impl IntoView {
    view! {
        <div class="search">
            <Icon path=SEARCH/>
            <input class="input" type="search" name="q" value=q placeholder=placeholder aria-label=label autocomplete="off" autofocus=is_first/>
        </div>
    }
}

/// A choice that may be left open.
pub fn choice(name: &'static str, label: &'static str, all: &'static str, choices: Vec<(String, String)>, chosen: Option<String>) -> impl IntoView {
    let options =
        choices.into_iter().map(|(value, word)| view! { <option selected=chosen.as_ref() == Some(&value) value=value.clone()>{word}</option> }).collect_view();
    view! {
        <select class="select" name=name aria-label=label>
            <option value="">{all}</option>
            {options}
        </select>
    }
}
