//! Talking to services: the one dialer, TLS, the kinds of connection, and the runner of their scenarios. Knows no store.

pub mod dispatch;
pub mod egress;
pub mod kinds;
pub mod redact;
pub mod runner;
mod system_error;
pub mod tls;
