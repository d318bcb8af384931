//! The work behind the console: store, vault, probes, and the acts on connections.

pub mod egress;
pub mod kinds;
pub mod tls;
