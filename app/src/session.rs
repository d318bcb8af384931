//! Coming in and going out.

#[cfg(feature = "ssr")]
mod browser;
#[cfg(feature = "ssr")]
pub mod data;
#[cfg(feature = "ssr")]
mod invitation;
pub mod passkey;
#[cfg(feature = "ssr")]
mod sealed;
pub mod second_step;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod sign_in;
#[cfg(feature = "ssr")]
mod signed_out;
#[cfg(feature = "ssr")]
pub mod single_sign_on;

#[cfg(feature = "ssr")]
pub use invitation::InvitationPage;
#[cfg(feature = "ssr")]
pub use second_step::SecondStepPage;
#[cfg(feature = "ssr")]
pub use sign_in::{SetUpPage, SignInPage};
#[cfg(feature = "ssr")]
pub use signed_out::{Refusal, SignedOutPage};
