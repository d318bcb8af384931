//! The second step of the sign-in: a code after the password.

#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use page::SecondStepPage;
#[cfg(feature = "ssr")]
pub use server_fns::lead_to;

#[cfg(feature = "ssr")]
pub const PATH: &str = "/sign-in/code";
