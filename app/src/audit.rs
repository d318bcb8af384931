//! Who did what to which thing, from where.

mod filter;
mod list;

pub use list::AuditPage;

pub const LIST: &str = "/settings/audit";
