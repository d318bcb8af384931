//! Coming in and going out.

#[cfg(feature = "ssr")]
pub mod data;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod sign_in;

#[cfg(feature = "ssr")]
pub use sign_in::{SetUpPage, SignInPage};
