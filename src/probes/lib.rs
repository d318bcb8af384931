//! Talking to services: the one dialer, TLS, the kinds of connection, the runner of their scenarios, and requests of the console itself. Knows no store.

pub mod dispatch;
pub mod egress;
pub mod kinds;
pub mod redact;
pub mod runner;
pub mod secret_in_query;
mod system_error;
pub mod tls;
pub mod trace;
pub mod web;
