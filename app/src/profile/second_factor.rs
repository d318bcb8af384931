//! One's second factor: set it up, make new recovery codes, switch it off.

#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod qr;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use page::SecondFactorPage;

#[cfg(feature = "ssr")]
pub const PATH: &str = "/settings/profile/second-factor";
