//! Whether connections are well: the table, one connection's history, and the card on its own page.

mod card;
mod chart;
mod count;
mod detail;
mod filter;
mod heartbeat_strip;
mod history;
mod list;
mod numbers;
mod row;
pub mod server_fns;
mod status;

pub use self::{
    card::{Card, HealthSummary},
    count::Counts,
    detail::HealthPage,
    filter::address_of,
    list::HealthListPage,
    status::{HealthBadge, STATUSES},
};

pub const LIST: &str = "/operations/health";

pub fn path_of(id: domain::ids::ProfileId) -> String {
    format!("{LIST}/{id}")
}
