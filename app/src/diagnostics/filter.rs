//! How the list of runs is narrowed and paged, read from its address and written back to it.

use domain::{diagnostic::RunFilter, ids::ProfileId};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::{
    LIST,
    verdict::{STATUSES, badge_style},
};
use crate::ui::{
    badge::environments,
    filter::{FilterFrame, address, choice, chosen, page_of, parsed},
    list::ListQuery,
};

pub const PER_PAGE: u32 = 25;

/// What the address asks for.
#[derive(Clone, Default)]
pub struct RunQuery {
    pub filter: RunFilter,
    /// 1-based.
    pub page: u32,
}

impl ListQuery for RunQuery {
    fn read(map: &ParamsMap) -> Self {
        let filter = RunFilter { environment: parsed(map, "environment"), status: parsed(map, "status"), connection: parsed(map, "connection") };
        Self { filter, page: page_of(map) }
    }

    fn is_filtered(&self) -> bool {
        self.filter != RunFilter::default()
    }
}

impl RunQuery {
    /// The address of the same list at another page.
    pub fn address(&self, page: u32) -> String {
        let RunFilter { environment, status, connection } = &self.filter;
        let choices = [("environment", chosen(environment.as_ref())), ("status", chosen(status.as_ref())), ("connection", chosen(connection.as_ref()))];
        address(LIST, choices, page)
    }
}

/// The address of the runs that tried a connection.
pub fn history_of(connection: ProfileId) -> String {
    RunQuery { filter: RunFilter { connection: Some(connection), ..RunFilter::default() }, page: 1 }.address(1)
}

#[component]
pub fn FilterForm(query: RunQuery) -> impl IntoView {
    let is_filtered = query.is_filtered();
    let RunFilter { environment, status, connection } = query.filter;
    let statuses = STATUSES.iter().map(|status| (status.to_string(), badge_style(*status).0.to_owned())).collect();
    view! {
        <FilterFrame list=LIST label="Runs" is_filtered=is_filtered>
            {choice("environment", "Environment", "All environments", environments(), environment.map(|environment| environment.to_string()))}
            {choice("status", "Verdict", "All verdicts", statuses, status.map(|status| status.to_string()))}
            {connection.map(|connection| view! { <input type="hidden" name="connection" value=connection.to_string()/> })}
        </FilterFrame>
    }
}
