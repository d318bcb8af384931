//! Passkeys: the sign-in with one, and what a session remembers until the browser has answered.

#[cfg(feature = "ssr")]
mod button;
#[cfg(feature = "ssr")]
pub mod pending;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use button::{PasskeyButton, PasskeySignIn, are_taken};
