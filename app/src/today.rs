//! The day of a team: its checklist, and the maintenance that is due.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod tasks;

#[cfg(feature = "ssr")]
pub use self::page::TodayPage;

pub const PATH: &str = "/operations/today";
