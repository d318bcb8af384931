//! Whether connections are well: the overview, one connection's history, and the card on its own page.

#[cfg(feature = "ssr")]
mod card;
#[cfg(feature = "ssr")]
mod chart;
mod count;
#[cfg(feature = "ssr")]
mod detail;
mod filter;
mod heartbeat_strip;
#[cfg(feature = "ssr")]
mod history;
#[cfg(feature = "ssr")]
mod list;
mod numbers;
mod overview;
#[cfg(feature = "ssr")]
mod read;
mod row;
pub mod server_fns;
mod shown;
mod status;

#[cfg(feature = "ssr")]
pub use self::{
    card::{Card, HealthSummary},
    count::Counts,
    detail::HealthPage,
    filter::address_of,
    list::HealthListPage,
    read::verdict,
    status::{HealthBadge, STATUSES},
};

pub const LIST: &str = "/operations/health";

pub fn path_of(id: domain::ids::ProfileId) -> String {
    format!("{LIST}/{id}")
}
