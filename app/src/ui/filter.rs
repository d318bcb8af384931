//! How lists are narrowed and paged by their address, and parts of the forms that do it.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::url::query;

const LONGEST_SEARCH: usize = 100;
const LAST_PAGE: u32 = 100_000;

/// What the address says under `name`; nothing if it makes no sense.
pub fn parsed<T: std::str::FromStr>(map: &ParamsMap, name: &str) -> Option<T> {
    map.get_str(name)?.parse().ok()
}

/// What the address searches for.
pub fn searched(map: &ParamsMap) -> Option<String> {
    map.get_str("q").map(str::trim).filter(|q| !q.is_empty()).map(|q| q.chars().take(LONGEST_SEARCH).collect())
}

/// The page that the address asks for, the first being 1.
pub fn page_of(map: &ParamsMap) -> u32 {
    parsed(map, "page").unwrap_or(1).clamp(1, LAST_PAGE)
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
