//! How the table is narrowed, ordered and paged: its address, and the form that writes it.

use domain::health_table::HealthQuery;
#[cfg(feature = "ssr")]
use domain::{
    environment::Environment,
    health::HealthStatus,
    health_table::{HealthFilter, HealthSort},
};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_router::hooks::use_query_map;

use super::LIST;
#[cfg(feature = "ssr")]
use super::status::{STATUSES, badge_style};
use crate::ui::url::query;
#[cfg(feature = "ssr")]
use crate::{
    action::form_address,
    incidents::server_fns::AcknowledgeIncident,
    ui::{
        badge::environments,
        filter::{SearchInput, choice},
        url::here,
    },
};

pub const PER_PAGE: u32 = 50;

/// What the address asks for.
pub fn asked() -> HealthQuery {
    #[cfg(feature = "ssr")]
    return read(&|name| use_query_map().read_untracked().get_str(name).map(str::to_owned));
    #[cfg(not(feature = "ssr"))]
    crate::browser::search().map(|search| read(&|name| search.get(name))).unwrap_or_default()
}

/// Not for each reader anew.
pub fn read(said: &dyn Fn(&str) -> Option<String>) -> HealthQuery {
    HealthQuery::read(said)
}

/// The address of what is asked.
pub fn address_of_query(asked: &HealthQuery) -> String {
    let pairs = asked.pairs();
    format!("{LIST}{}", query(pairs.iter().map(|(name, value)| (*name, value.as_str()))))
}

/// Where an acknowledgement is posted to without script; what the browser finds there it leaves as it is.
pub fn acknowledge_address() -> String {
    #[cfg(feature = "ssr")]
    return form_address::<AcknowledgeIncident>(&here());
    #[cfg(not(feature = "ssr"))]
    String::new()
}

/// The address of the connections of a status, of an environment, or both.
#[cfg(feature = "ssr")]
pub fn address_of(status: Option<HealthStatus>, environment: Option<Environment>) -> String {
    address_of_query(&HealthQuery { filter: HealthFilter { environment, status, q: None }, ..HealthQuery::default() })
}

/// What is in the form: drawn by the server, and left by the browser as it finds it.
#[cfg(feature = "ssr")]
pub fn fields(query: &HealthQuery) -> impl IntoView + use<> {
    let HealthFilter { environment, status, q } = query.filter.clone();
    let statuses = STATUSES.iter().map(|status| (status.to_string(), badge_style(*status).0.to_owned())).collect();
    view! {
        <div class="fields">
            <SearchInput q=q.unwrap_or_default() label="Search connections" placeholder="Name"/>
            {choice("status", "Status", "All statuses", statuses, status.map(|status| status.to_string()))}
            {choice("environment", "Environment", "All environments", environments(), environment.map(|environment| environment.to_string()))}
            {(query.sort != HealthSort::default()).then(|| view! { <input type="hidden" name="sort" value=query.sort.to_string()/> })}
            <button class="button" type="submit">
                "Filter"
            </button>
        </div>
    }
}

#[cfg(not(feature = "ssr"))]
pub fn fields(_query: &HealthQuery) -> impl IntoView + use<> {
    view! { <div class="fields"></div> }
}
