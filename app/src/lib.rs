//! Pages, components and acts of the console.
//!
//! A page is HTML from the server; nothing of it is compiled for the browser but the islands (`#[island]`) and
//! `browser`, which improves forms that work without it. So pages, acts and routes stand behind the feature `ssr`.

#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
mod action_error;
#[cfg(feature = "ssr")]
pub mod authorize;
#[cfg(feature = "hydrate")]
pub mod browser;
mod connections;
mod diagnostics;
#[cfg(feature = "ssr")]
mod errors;
#[cfg(feature = "ssr")]
pub mod form_outcome;
#[cfg(feature = "ssr")]
mod health;
#[cfg(feature = "ssr")]
mod incidents;
#[cfg(feature = "ssr")]
mod notifications;
#[cfg(feature = "ssr")]
mod overview;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
mod secret_input;
#[cfg(feature = "ssr")]
mod session;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod status;
#[cfg(feature = "ssr")]
mod tokens;
mod ui;
