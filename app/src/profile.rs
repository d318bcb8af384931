//! One's own password and sessions.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use page::{PATH, ProfilePage};
