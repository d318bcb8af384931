//! API tokens: keys for programs, shown once and kept only as a hash.

#[cfg(feature = "ssr")]
mod edit;
#[cfg(feature = "ssr")]
mod fields;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod permissions;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use edit::EditTokenPage;
#[cfg(feature = "ssr")]
pub use page::TokensPage;

#[cfg(feature = "ssr")]
pub const PATH: &str = "/settings/tokens";
