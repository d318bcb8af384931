//! Where log lines go: standard error, as JSON for machines, readable on a terminal; and what goes under a correlation ID is kept for a while.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{EnvFilter, Layer, prelude::*};

use crate::traces::Traces;

pub mod buffer_layer;

/// What is logged unless `RUST_LOG` says otherwise. The session layer calls every expired cookie suspicious.
const QUIET: &str = "sqlx=warn,hickory_resolver=error,hickory_net=error,hickory_proto=error,tower_sessions=error,tower_sessions_core=error";

/// Starts logging at `level` (`info`, `warn`), and telling a collector where there is one. A second call changes nothing.
pub fn start(level: &str, traces: Option<&Traces>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    let lines = if stderr().is_terminal() {
        lines.with_target(false).compact().boxed()
    } else {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    };
    // Whatever `RUST_LOG` leaves out of the log, an answer names its correlation ID.
    let registry = tracing_subscriber::registry().with(lines.with_filter(filter)).with(buffer_layer::BufferLayer.with_filter(usual("info")));
    let _ = registry.with(traces.map(Traces::layer)).try_init();
}

fn usual(level: &str) -> EnvFilter {
    EnvFilter::new(format!("{level},{QUIET}"))
}

/// Has it logged where a panic happened, and not what it says, for that may hold a secret.
pub fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
