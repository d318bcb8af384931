//! Pages, components and server functions of the console.
//!
//! A page is HTML from the server; nothing of it is compiled for the browser but the islands (`#[island]`), the stubs of the server
//! functions that they call, and `browser`, which improves forms that work without it. So pages and routes stand behind the feature `ssr`.

#![recursion_limit = "256"]
// The browser calls only some of the server functions, whose arguments are compiled with all of them.
#![cfg_attr(not(feature = "ssr"), allow(dead_code))]

pub mod action;
mod action_error;
#[cfg(feature = "ssr")]
mod audit;
#[cfg(feature = "ssr")]
pub mod authorize;
#[cfg(feature = "hydrate")]
pub mod browser;
mod channels;
mod connections;
mod diagnostics;
#[cfg(feature = "ssr")]
pub mod draft;
pub mod errors;
#[cfg(feature = "ssr")]
pub mod form_outcome;
mod health;
mod incidents;
#[cfg(feature = "ssr")]
mod issued;
mod notifications;
mod on_call;
#[cfg(feature = "ssr")]
mod overview;
mod profile;
mod suppression;
#[cfg(feature = "ssr")]
pub use profile::SECOND_FACTOR;
#[cfg(feature = "ssr")]
pub mod reference;
#[cfg(feature = "ssr")]
pub mod routes;
mod runbooks;
#[cfg(feature = "ssr")]
mod search;
mod secret_input;
mod session;
mod severity;
#[cfg(feature = "ssr")]
pub use session::{data as session_data, single_sign_on};
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod status;
mod team;
mod today;
mod tokens;
mod ui;
