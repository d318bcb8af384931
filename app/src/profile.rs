//! One's own password and sessions.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod single_sign_on;

#[cfg(feature = "ssr")]
pub use page::{PATH, ProfilePage};
