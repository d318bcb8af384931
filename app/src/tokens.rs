//! API tokens: keys for programs, shown once and kept only as a hash.

mod page;
pub mod server_fns;

pub use page::TokensPage;
