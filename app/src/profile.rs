//! One's own password and sessions.

#[cfg(feature = "ssr")]
mod page;
pub mod passkeys;
pub mod second_factor;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod single_sign_on;

#[cfg(feature = "ssr")]
pub use page::ProfilePage;
#[cfg(feature = "ssr")]
pub use second_factor::{PATH as SECOND_FACTOR, SecondFactorPage};

#[cfg(feature = "ssr")]
pub const PATH: &str = "/settings/profile";
