//! Watches active connections: each is due at slots, and each slot ends as exactly one row.
//!
//! A node claims what is due under a lease and a fencing token ([`claim`]), tries it with bounded concurrency ([`attempt`],
//! [`concurrency`]), and writes results in batches ([`record`]): slots, snapshots, incidents and notifications in one transaction
//! that refuses whoever lost the claim in the meantime. A process that dies leaves slots that have no row yet; whoever
//! claims them next gives them one. [`tick`] does this by the clock, [`sweep`] when asked; both go the same way.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{Console, OpsError};
use domain::{heartbeat::Slot, ids::TeamId};
use store::{
    Db,
    db::Pool,
    heartbeat_nodes::{self, NodeId},
};

pub mod active_claims;
pub mod attempt;
pub mod claim;
pub mod concurrency;
pub mod outage;
pub mod percentiles;
pub mod prepared;
pub mod record;
pub mod retention;
pub mod rollup;
pub mod schedule;
pub mod slots;
pub mod sweep;
pub mod tick;

/// Limits of the scheduler. The defaults suit two cores and some thousand connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a node's claims outlive its last sign of life. Another node takes over after it.
    pub lease: Duration,
    /// Heartbeats that are tried at once, until one has taken [`concurrency::PATIENCE`].
    pub quick: usize,
    /// Heartbeats that wait for a slow answer at once. Each holds a file descriptor.
    pub patient: usize,
    /// Heartbeats to one target address at once.
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

/// A scheduler's own state: who it is, what it has prepared, how targets behaved. None of it is needed to begin anew.
pub struct SchedulerState {
    pub node: NodeId,
    pub limits: Limits,
    /// Slots before this moment fell due while this process was not there.
    pub started: Slot,
    pub prepared: prepared::Cache,
    pub concurrency: concurrency::ConcurrencyLimiter,
    pub outage: Mutex<outage::Outage>,
    pub holds: active_claims::ActiveClaims,
    renewed: Mutex<Option<Instant>>,
    /// Teams that certainly have no open incident about the console itself.
    with_network: Mutex<HashSet<TeamId>>,
}

impl SchedulerState {
    pub fn new(limits: Limits, started: Slot) -> Arc<Self> {
        Arc::new(Self {
            node: NodeId::new(),
            limits,
            started,
            prepared: prepared::Cache::default(),
            concurrency: concurrency::ConcurrencyLimiter::new(&limits),
            outage: Mutex::default(),
            holds: active_claims::ActiveClaims::default(),
            renewed: Mutex::new(None),
            with_network: Mutex::default(),
        })
    }

    fn needs_renewal(&self) -> bool {
        let renewed = self.renewed.lock();
        renewed.is_none_or(|at| at.elapsed() >= self.limits.lease / 4)
    }

    fn note_renewal(&self, at: Instant) {
        *self.renewed.lock() = Some(at);
    }
}

/// Keeps this node's claims, if it is time to.
///
/// # Errors
/// The database failed.
pub async fn renew_lease(console: &Console) -> Result<(), OpsError> {
    let scheduler = &console.scheduler;
    if scheduler.needs_renewal() {
        let at = Instant::now();
        let mut tx = console.db.begin().await?;
        heartbeat_nodes::renew(&mut tx, scheduler.node, scheduler.limits.lease).await?;
        tx.commit().await?;
        scheduler.note_renewal(at);
    }
    Ok(())
}

/// Gives this node's claims back.
///
/// # Errors
/// The database failed; the claims lapse by themselves.
pub async fn leave(console: &Console) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    heartbeat_nodes::leave(&mut tx, console.scheduler.node).await?;
    Ok(tx.commit().await?)
}

/// Whether no other machine can share this database.
const fn is_embedded(db: &Db) -> bool {
    matches!(db.writer, Pool::Sqlite(_))
}
