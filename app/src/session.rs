//! Coming in and going out.

pub mod data;
pub mod server_fns;
mod sign_in;

pub use sign_in::{SetUpPage, SignInPage};
