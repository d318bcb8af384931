//! The team: who belongs to it, who is invited, what it is called.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use page::TeamPage;

#[cfg(feature = "ssr")]
pub const PATH: &str = "/settings/team";
