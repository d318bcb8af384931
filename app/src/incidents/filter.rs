//! How the list of incidents is narrowed and paged, read from its address and written back to it.

use domain::incident::{IncidentFilter, IncidentStatus};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::LIST;
use crate::ui::{
    filter::{FilterFrame, address, choice, chosen, page_of, parsed},
    list::ListQuery,
};

pub const PER_PAGE: u32 = 50;

/// What the address asks for.
#[derive(Clone, Copy, Default)]
pub struct IncidentQuery {
    pub filter: IncidentFilter,
    /// 1-based.
    pub page: u32,
}

impl ListQuery for IncidentQuery {
    fn read(map: &ParamsMap) -> Self {
        let filter = IncidentFilter { status: parsed(map, "status"), connection: parsed(map, "connection") };
        Self { filter, page: page_of(map) }
    }

    fn is_filtered(&self) -> bool {
        self.filter != IncidentFilter::default()
    }
}

impl IncidentQuery {
    /// The address of the same list at another page.
    pub fn address(&self, page: u32) -> String {
        let IncidentFilter { status, connection } = &self.filter;
        let choices = [("status", chosen(status.as_ref())), ("connection", chosen(connection.as_ref()))];
        address(LIST, choices, page)
    }
}

/// Every status, the most pressing first.
const STATUSES: [(IncidentStatus, &str); 3] =
    [(IncidentStatus::Open, "Open"), (IncidentStatus::Acknowledged, "Acknowledged"), (IncidentStatus::Resolved, "Resolved")];

#[component]
pub fn FilterForm(query: IncidentQuery) -> impl IntoView {
    let IncidentFilter { status, connection } = query.filter;
    let statuses = STATUSES.map(|(status, word)| (status.to_string(), word.to_owned())).into();
    view! {
        <FilterFrame list=LIST label="Incidents" is_filtered=query.is_filtered()>
            {choice("status", "Status", "All statuses", statuses, status.map(|status| status.to_string()))}
            {connection.map(|connection| view! { <input type="hidden" name="connection" value=connection.to_string()/> })}
        </FilterFrame>
    }
}
