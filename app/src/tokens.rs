//! API tokens: keys for programs, shown once and kept only as a hash.

pub mod acts;
mod page;

pub use page::TokensPage;
