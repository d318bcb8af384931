//! What users saw and what was behind it: errors of a kind, each error, and everything under one correlation ID.

use domain::{correlation_id::CorrelationId, ids::ErrorGroupId};

#[cfg(feature = "ssr")]
pub mod catalogue;
#[cfg(feature = "ssr")]
pub mod chart;
#[cfg(feature = "ssr")]
mod detail;
#[cfg(feature = "ssr")]
mod group;
#[cfg(feature = "ssr")]
mod groups;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod over_time;
#[cfg(feature = "ssr")]
mod rates;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod severity;
#[cfg(feature = "ssr")]
mod thread_link;

#[cfg(feature = "ssr")]
pub use self::{
    catalogue::CataloguePage,
    detail::ErrorPage,
    group::GroupPage,
    groups::{HOURS, Latest},
    list::ErrorsPage,
    over_time::SuccessOverTime,
    thread_link::ThreadLink,
};

pub const LIST: &str = "/operations/errors";

pub fn path_of(id: &CorrelationId) -> String {
    format!("{LIST}/{id}")
}

pub fn group_path(id: ErrorGroupId) -> String {
    format!("{LIST}/groups/{id}")
}
