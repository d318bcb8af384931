//! Which claims this process still works on, so that one that it lost track of does not stay claimed for as long as the process lives.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use parking_lot::Mutex;

use store::{
    Db, StoreResult,
    connection_schedules::claim::{self, Hold},
    heartbeat_nodes::NodeId,
};

/// The claims of this process, by the key of their schedule.
#[derive(Clone, Debug, Default)]
pub struct ActiveClaims(Arc<Mutex<HashMap<i32, i64>>>);

/// One claim; dropping it says that nothing works on it any more.
#[derive(Debug)]
pub struct Held {
    all: ActiveClaims,
    hold: Hold,
}

impl ActiveClaims {
    pub fn take(&self, hold: Hold) -> Held {
        self.lock().insert(hold.key, hold.token);
        Held { all: self.clone(), hold }
    }

    /// Frees claims of this node that nothing works on: a result could not be written, or its task broke. Those `suspected` by the look
    /// before are freed; answers those to suspect now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reconcile(&self, db: &Db, node: NodeId, suspected: &HashSet<Hold>) -> StoreResult<HashSet<Hold>> {
        let lost: HashSet<Hold> = claim::of_node(db, node).await?.into_iter().filter(|hold| !self.has(*hold)).collect();
        let free: Vec<Hold> = lost.intersection(suspected).copied().collect();
        if !free.is_empty() {
            tracing::warn!(claims = free.len(), "freed claims that nothing worked on; their slots are due again");
            let mut tx = db.begin().await?;
            claim::free(&mut tx, &free).await?;
            tx.commit().await?;
        }
        Ok(lost)
    }

    fn has(&self, hold: Hold) -> bool {
        self.lock().get(&hold.key) == Some(&hold.token)
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashMap<i32, i64>> {
        self.0.lock()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        // A later claim of the same schedule may have taken its place.
        if all.get(&self.hold.key) == Some(&self.hold.token) {
            all.remove(&self.hold.key);
        }
    }
}
