//! The ways into Switchboard: HTTP, command line, settings. No rule and no SQL stands here.

#![recursion_limit = "256"]

pub mod api;
pub mod assets;
mod auth;
mod body;
mod calendars;
pub mod cli;
pub mod correlation;
mod cross_site;
mod entity_tag;
mod favicon;
pub mod forwarded;
mod headers;
mod idempotency;
pub mod listener;
pub mod log;
pub mod metrics;
pub mod pages;
mod problem;
pub mod router;
mod sessions;
pub mod settings;
pub mod state;
mod streams;
pub mod traces;
