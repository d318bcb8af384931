//! Parts of the forms that narrow a list by its address.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// What the address says under `name`; nothing if it makes no sense.
pub fn parsed<T: std::str::FromStr>(map: &ParamsMap, name: &str) -> Option<T> {
    map.get_str(name)?.parse().ok()
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
