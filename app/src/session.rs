//! Coming in and going out.

pub mod acts;
mod gate;
pub mod keeping;

pub use gate::{SetUpPage, SignInPage};
