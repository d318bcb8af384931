//! The work behind the console: configuration, verification, diagnostics, heartbeats, incidents, evidence, access.
//!
//! Each act is a function of a module named by its noun or verb that takes a [`Scope`] (the console, the actor, the actor's team) and its
//! input. Its first line states the permission it needs.
//! The engine knows no HTTP: it fails with [`OpsError`], and [`report`] turns that into what a person reads.

pub mod access;
pub mod audit;
pub mod audit_chain;
pub mod audit_limits;
pub mod background;
pub mod backup;
pub mod clock;
pub mod connections;
pub mod console;
mod cursor;
mod deadlines;
pub mod diagnose;
pub mod digest;
mod email_message;
pub mod error;
pub mod escalation;
pub mod events;
pub mod evidence;
pub mod health;
pub mod heartbeat;
pub mod idempotency;
pub mod identity_provider;
pub mod incidents;
pub mod key_ring;
pub mod keys;
pub mod limiter;
pub mod log_lines;
pub mod maintenance;
mod matching;
pub mod metrics;
pub mod notify;
pub mod on_call;
pub mod password;
mod patch_field;
pub mod preflight;
pub mod rates;
pub mod readiness;
pub mod report;
pub mod request;
pub mod request_hours;
pub mod retention;
pub mod runbooks;
pub mod scope;
pub mod search;
pub mod sending;
pub mod sessions;
pub mod severity;
mod signed_id;
pub mod suppression;
pub mod thread;
pub mod today;
pub mod transition;
pub mod vault;
pub mod verify;

pub use console::{Console, ConsoleSettings};
pub use error::OpsError;
pub use scope::{Client, Scope};

pub use domain::operator::Actor;
