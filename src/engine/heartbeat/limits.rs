//! How much the scheduler does at once, and how long it keeps what came of it.

use std::time::Duration;

/// Limits of the scheduler. The defaults suit two cores and some thousand connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a node's claims outlive its last sign of life. Another node takes over after it.
    pub lease: Duration,
    /// Heartbeats that are tried at once, until one has taken [`PATIENCE`](super::concurrency::PATIENCE).
    pub quick: usize,
    /// Heartbeats that wait for a slow answer at once. Each holds a file descriptor.
    pub patient: usize,
    /// Heartbeats to one host and port at once.
    pub per_host: usize,
    /// Connections claimed in one statement.
    pub claim: i64,
    /// How long single slots, hours and days are kept.
    pub keep_slots: Duration,
    pub keep_hours: Duration,
    pub keep_days: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Limits {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(12),
            quick: 256,
            patient: 2_048,
            per_host: 32,
            claim: 500,
            keep_slots: DAY.saturating_mul(14),
            keep_hours: DAY.saturating_mul(100),
            keep_days: DAY.saturating_mul(730),
        }
    }
}
