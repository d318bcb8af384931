//! One's passkeys: add, look, remove.

#[cfg(feature = "ssr")]
mod cards;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use cards::{AddPasskey, PasskeyCards, Passkeys};
