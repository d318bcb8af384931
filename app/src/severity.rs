//! What P1 to P4 mean to the team.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use page::SeverityPage;

pub const PATH: &str = "/settings/severity";
