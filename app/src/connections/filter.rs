//! How the list is narrowed, ordered and paged, read from its address and written back to it.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use strum::IntoEnumIterator;
use switchboard::domain::{
    kind::KindDescriptor,
    listing::{Filter, Sort},
    profile::State,
};

use super::{LIST, kind::descriptors};
use crate::ui::{
    badge::{environments, face},
    filter::{choice, parsed},
    here::query,
    icon::{Icon, SEARCH},
};

pub const PER_PAGE: u32 = 50;
const LONGEST_SEARCH: usize = 100;

/// What the address asks for. What it asks for wrongly is left out.
#[derive(Clone, Default)]
pub struct Asked {
    pub filter: Filter,
    pub sort: Sort,
    /// 1-based.
    pub page: u32,
}

impl Asked {
    pub fn from_address() -> Self {
        let map = use_query_map();
        let map: &ParamsMap = &map.read_untracked();
        let q = map.get_str("q").map(str::trim).filter(|q| !q.is_empty()).map(|q| q.chars().take(LONGEST_SEARCH).collect());
        Self {
            filter: Filter { environment: parsed(map, "environment"), kind: parsed(map, "kind"), state: parsed(map, "state"), q },
            sort: parsed(map, "sort").unwrap_or_default(),
            page: parsed(map, "page").unwrap_or(1).clamp(1, 100_000),
        }
    }

    pub fn narrows(&self) -> bool {
        self.filter != Filter::default()
    }

    /// The address of the same list in another order, or at another page.
    pub fn address(&self, sort: Sort, page: u32) -> String {
        let Filter { environment, kind, state, q } = &self.filter;
        let page = if page > 1 { page.to_string() } else { String::new() };
        let pairs = [
            ("q", q.clone().unwrap_or_default()),
            ("environment", environment.map(|environment| environment.to_string()).unwrap_or_default()),
            ("kind", kind.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("state", state.map(|state| state.to_string()).unwrap_or_default()),
            ("sort", if sort == Sort::default() { String::new() } else { sort.to_string() }),
            ("page", page),
        ];
        format!("{LIST}{}", query(pairs.iter().map(|(name, value)| (*name, value.as_str()))))
    }
}

#[component]
pub fn FilterForm(asked: Asked) -> impl IntoView {
    let Filter { environment, kind, state, q } = asked.filter.clone();
    let kinds = descriptors().into_iter().map(|KindDescriptor { id, title, .. }| (id.to_owned(), title.to_owned())).collect();
    let states = State::iter().map(|state| (state.to_string(), face(state).0.to_owned())).collect();
    view! {
        <form class="filter" method="get" action=LIST role="search">
            <div class="search">
                <Icon path=SEARCH/>
                <input class="input" type="search" name="q" value=q placeholder="Name, owner or tag" aria-label="Search connections" autocomplete="off"/>
            </div>
            {choice("environment", "Environment", "All environments", environments(), environment.map(|environment| environment.to_string()))}
            {choice("kind", "Kind", "All kinds", kinds, kind.map(|kind| kind.to_string()))}
            {choice("state", "State", "All states", states, state.map(|state| state.to_string()))}
            {(asked.sort != Sort::default()).then(|| view! { <input type="hidden" name="sort" value=asked.sort.to_string()/> })}
            <button class="button" type="submit">
                "Filter"
            </button>
            {asked.narrows().then(|| view! { <a class="button plain" href=LIST>"Clear"</a> })}
        </form>
    }
}
