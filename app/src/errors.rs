//! What users saw and what was behind it: the operator's record of errors.

mod detail;
mod list;

pub use detail::ErrorPage;
pub use list::ErrorsPage;

pub const LIST: &str = "/operations/errors";
