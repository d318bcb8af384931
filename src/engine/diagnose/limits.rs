//! How many connections are tried at a time: in all, and against one host. Nobody's service is to notice a run.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use probes::kinds::HostKey;

/// Runs that work at a time; the others are queued.
const RUNS: usize = 4;
/// Connections of all runs of this process.
pub const CONNECTIONS: usize = 8;
/// Connections to one host and port.
pub const PER_HOST: usize = 2;

/// Shared by every run of a process.
#[derive(Clone)]
pub struct ConcurrencyLimits {
    runs: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    hosts: Arc<Mutex<HashMap<HostKey, Weak<Semaphore>>>>,
}

impl Default for ConcurrencyLimits {
    fn default() -> Self {
        Self { runs: Arc::new(Semaphore::new(RUNS)), connections: Arc::new(Semaphore::new(CONNECTIONS)), hosts: Arc::default() }
    }
}

/// A turn; dropping it gives it to the next.
pub struct Turn {
    _connection: Option<OwnedSemaphorePermit>,
    _host: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimits {
    /// A run's turn.
    pub async fn run(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.runs).acquire_owned().await.ok()
    }

    /// A connection's turn. Who waits for a host does not keep others from theirs.
    pub async fn connection(&self, host: &HostKey) -> Turn {
        let host = self.of_host(host).acquire_owned().await.ok();
        let connection = Arc::clone(&self.connections).acquire_owned().await.ok();
        Turn { _connection: connection, _host: host }
    }

    fn of_host(&self, host: &HostKey) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock();
        if let Some(known) = hosts.get(host).and_then(Weak::upgrade) {
            return known;
        }
        hosts.retain(|_, semaphore| semaphore.strong_count() > 0);
        let made = Arc::new(Semaphore::new(PER_HOST));
        hosts.insert(host.clone(), Arc::downgrade(&made));
        made
    }
}
