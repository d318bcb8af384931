//! API tokens: keys for programs, shown once and kept only as a hash.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use page::TokensPage;
