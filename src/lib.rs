//! Switchboard without HTTP or command line: the [`domain`] that every floor shares, and the [`engine`] that does the work.
//!
//! Imports point one way: `server` and `frontend` use `app`, `app` uses this crate, this crate uses neither.
//! WebAssembly gets the domain alone.

pub mod domain;
#[cfg(feature = "ssr")]
pub mod engine;
