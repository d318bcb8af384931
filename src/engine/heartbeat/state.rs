//! What one scheduler knows.

use std::{collections::HashSet, sync::Arc, time::Instant};

use parking_lot::Mutex;

use super::{Limits, active_claims::ActiveClaims, concurrency::ConcurrencyLimiter, outage::Outage, prepared::Cache};
use domain::{heartbeat::Slot, ids::TeamId};
use store::{
    Db, StoreResult,
    heartbeat_nodes::{self, NodeId},
};

/// A scheduler's own state: who it is, what it has prepared, how targets behaved. None of it is needed to begin anew.
pub struct SchedulerState {
    pub node: NodeId,
    pub limits: Limits,
    /// Slots before this moment fell due while this process was not there.
    pub started: Slot,
    pub prepared: Cache,
    pub concurrency: ConcurrencyLimiter,
    pub outage: Mutex<Outage>,
    pub holds: ActiveClaims,
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
            prepared: Cache::default(),
            concurrency: ConcurrencyLimiter::new(&limits),
            outage: Mutex::default(),
            holds: ActiveClaims::default(),
            renewed: Mutex::new(None),
            with_network: Mutex::default(),
        })
    }

    /// Keeps this node's claims, if it is time to.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_lease(&self, db: &Db) -> StoreResult<()> {
        let is_due = self.renewed.lock().is_none_or(|at| at.elapsed() >= self.limits.lease / 4);
        if is_due {
            let at = Instant::now();
            let mut tx = db.begin().await?;
            heartbeat_nodes::renew(&mut tx, self.node, self.limits.lease).await?;
            tx.commit().await?;
            *self.renewed.lock() = Some(at);
        }
        Ok(())
    }

    /// Gives this node's claims back.
    ///
    /// # Errors
    /// The database failed; the claims lapse by themselves.
    pub async fn leave(&self, db: &Db) -> StoreResult<()> {
        let mut tx = db.begin().await?;
        heartbeat_nodes::leave(&mut tx, self.node).await?;
        tx.commit().await
    }

    /// Whether no incident about the console itself can be open in this team, as far as this node knows.
    pub(super) fn has_network(&self, team: TeamId) -> bool {
        self.with_network.lock().contains(&team)
    }

    pub(super) fn note_network(&self, team: TeamId, is_there: bool) {
        let mut with_network = self.with_network.lock();
        if is_there {
            with_network.insert(team);
        } else {
            with_network.remove(&team);
        }
    }
}
