//! Where log lines go: standard error, as JSON for machines, readable on a terminal.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise. The session layer calls every expired cookie suspicious.
const QUIET: &str = "sqlx=warn,hickory_resolver=error,hickory_net=error,hickory_proto=error,tower_sessions=error,tower_sessions_core=error";

/// Starts logging at `level` (`info`, `warn`). A second call changes nothing.
pub fn start(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{level},{QUIET}")));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    let _ = if stderr().is_terminal() {
        logs.with_target(false).compact().try_init()
    } else {
        logs.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
}

/// Has it logged where a panic happened, and not what it says, for that may hold a secret.
pub fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
