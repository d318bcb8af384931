//! How the list is narrowed, ordered and paged, read from its address and written back to it.

use domain::{
    kind::KindDescriptor,
    listing::{Filter, Sort},
    profile::State,
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use strum::IntoEnumIterator;

use super::{LIST, kind::descriptors};
use crate::ui::{
    badge::{badge_style, environments},
    filter::{FilterFrame, SearchInput, address, choice, chosen, page_of, parsed, searched},
    list::ListQuery,
};

pub const PER_PAGE: u32 = 50;

/// What the address asks for.
#[derive(Clone, Default)]
pub struct ConnectionQuery {
    pub filter: Filter,
    pub sort: Sort,
    /// 1-based.
    pub page: u32,
}

impl ListQuery for ConnectionQuery {
    fn read(map: &ParamsMap) -> Self {
        Self {
            filter: Filter { environment: parsed(map, "environment"), kind: parsed(map, "kind"), state: parsed(map, "state"), q: searched(map) },
            sort: parsed(map, "sort").unwrap_or_default(),
            page: page_of(map),
        }
    }

    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }
}

impl ConnectionQuery {
    /// The address of the same list in another order, or at another page.
    pub fn address(&self, sort: Sort, page: u32) -> String {
        let Filter { environment, kind, state, q } = &self.filter;
        let choices = [
            ("q", chosen(q.as_ref())),
            ("environment", chosen(environment.as_ref())),
            ("kind", chosen(kind.as_ref())),
            ("state", chosen(state.as_ref())),
            ("sort", if sort == Sort::default() { String::new() } else { sort.to_string() }),
        ];
        address(LIST, choices, page)
    }
}

#[component]
pub fn FilterForm(query: ConnectionQuery) -> impl IntoView {
    let Filter { environment, kind, state, q } = query.filter.clone();
    let kinds = descriptors().into_iter().map(|KindDescriptor { id, title, .. }| (id.to_owned(), title.to_owned())).collect();
    let states = State::iter().map(|state| (state.to_string(), badge_style(state).0.to_owned())).collect();
    view! {
        <FilterFrame list=LIST label="Connections" is_filtered=query.is_filtered()>
            <SearchInput q=q.unwrap_or_default() label="Search connections" placeholder="Name, owner or tag"/>
            {choice("environment", "Environment", "All environments", environments(), environment.map(|environment| environment.to_string()))}
            {choice("kind", "Kind", "All kinds", kinds, kind.map(|kind| kind.to_string()))}
            {choice("state", "State", "All states", states, state.map(|state| state.to_string()))}
            {(query.sort != Sort::default()).then(|| view! { <input type="hidden" name="sort" value=query.sort.to_string()/> })}
        </FilterFrame>
    }
}
