//! How the table is narrowed, ordered and paged, read from its address and written back to it.

use domain::{
    environment::Environment,
    health::HealthStatus,
    health_table::{HealthFilter, HealthSort},
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{
    LIST,
    status::{STATUSES, badge_style},
};
use crate::ui::{
    badge::environments,
    filter::{address, choice, chosen, page_of, parsed, searched},
    icon::{Icon, SEARCH},
};

pub const PER_PAGE: u32 = 50;

/// What the address asks for. What it asks for wrongly is left out.
#[derive(Clone, Default)]
pub struct ListQuery {
    pub filter: HealthFilter,
    pub sort: HealthSort,
    /// 1-based.
    pub page: u32,
}

impl ListQuery {
    pub fn from_address() -> Self {
        let map = use_query_map();
        let map: &ParamsMap = &map.read_untracked();
        Self {
            filter: HealthFilter { environment: parsed(map, "environment"), status: parsed(map, "status"), q: searched(map) },
            sort: parsed(map, "sort").unwrap_or_default(),
            page: page_of(map),
        }
    }

    pub fn is_filtered(&self) -> bool {
        self.filter != HealthFilter::default()
    }

    /// The address of the same table in another order, or at another page.
    pub fn address(&self, sort: HealthSort, page: u32) -> String {
        let HealthFilter { environment, status, q } = &self.filter;
        let choices = [
            ("q", chosen(q.as_ref())),
            ("environment", chosen(environment.as_ref())),
            ("status", chosen(status.as_ref())),
            ("sort", if sort == HealthSort::default() { String::new() } else { sort.to_string() }),
        ];
        address(LIST, choices, page)
    }
}

/// The address of the connections of a status, of an environment, or both.
pub fn address_of(status: Option<HealthStatus>, environment: Option<Environment>) -> String {
    ListQuery { filter: HealthFilter { environment, status, q: None }, ..ListQuery::default() }.address(HealthSort::default(), 1)
}

#[component]
pub fn FilterForm(query: ListQuery) -> impl IntoView {
    let HealthFilter { environment, status, q } = query.filter.clone();
    let statuses = STATUSES.iter().map(|status| (status.to_string(), badge_style(*status).0.to_owned())).collect();
    view! {
        <form class="filter" method="get" action=LIST role="search">
            <div class="search">
                <Icon path=SEARCH/>
                <input class="input" type="search" name="q" value=q placeholder="Name" aria-label="Search connections" autocomplete="off"/>
            </div>
            {choice("status", "Status", "All statuses", statuses, status.map(|status| status.to_string()))}
            {choice("environment", "Environment", "All environments", environments(), environment.map(|environment| environment.to_string()))}
            {(query.sort != HealthSort::default()).then(|| view! { <input type="hidden" name="sort" value=query.sort.to_string()/> })}
            <button class="button" type="submit">
                "Filter"
            </button>
            {query.is_filtered().then(|| view! { <a class="button plain" href=LIST>"Clear"</a> })}
        </form>
    }
}
