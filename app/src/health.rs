//! Whether connections are well: the table, one connection's history, and the card on its own page.

pub mod acts;
mod beats;
mod card;
mod chart;
mod count;
mod detail;
mod filter;
mod list;
mod numbers;
mod past;
mod row;
mod status;

pub use self::{
    card::{Card, Glance},
    count::Counts,
    detail::HealthPage,
    filter::address_of,
    list::HealthListPage,
    status::{HealthBadge, STATUSES},
};

pub const LIST: &str = "/operations/health";

pub fn path_of(id: switchboard::domain::profile::ProfileId) -> String {
    format!("{LIST}/{id}")
}
