//! Whether connections are well: the table, one connection's history, and the card on its own page.

#[cfg(feature = "ssr")]
mod card;
#[cfg(feature = "ssr")]
mod chart;
#[cfg(feature = "ssr")]
mod count;
#[cfg(feature = "ssr")]
mod detail;
#[cfg(feature = "ssr")]
mod filter;
#[cfg(feature = "ssr")]
mod heartbeat_strip;
#[cfg(feature = "ssr")]
mod history;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod numbers;
#[cfg(feature = "ssr")]
mod row;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod status;

#[cfg(feature = "ssr")]
pub use self::{
    card::{Card, HealthSummary},
    count::{Counts, verdict},
    detail::HealthPage,
    filter::address_of,
    list::HealthListPage,
    status::{HealthBadge, STATUSES},
};

#[cfg(feature = "ssr")]
pub const LIST: &str = "/operations/health";

#[cfg(feature = "ssr")]
pub fn path_of(id: domain::ids::ProfileId) -> String {
    format!("{LIST}/{id}")
}
