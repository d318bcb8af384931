//! How many heartbeats run at once, so that targets that hang do not hold up those that answer, and a breaker around each target.
//!
//! A heartbeat starts in the quick lane. One that has no answer after [`PATIENCE`] moves over to the patient lane and makes
//! room. Behind an open breaker it starts in the patient lane and is not tried a second time.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Limits;
use probes::kinds::HostKey;

/// How long a heartbeat may stay in the quick lane.
pub const PATIENCE: Duration = Duration::from_millis(250);
/// Heartbeats in a row without any answer that open a target's breaker.
const OPENS_AT: u32 = 5;

pub struct ConcurrencyLimiter {
    quick: Arc<Semaphore>,
    patient: Arc<Semaphore>,
    per_host: usize,
    hosts: Mutex<HashMap<HostKey, Arc<Host>>>,
}

/// What is known of one [`HostKey`].
pub struct Host {
    room: Arc<Semaphore>,
    unanswered: AtomicU32,
}

/// The right to try one heartbeat.
pub struct Permit {
    lane: OwnedSemaphorePermit,
    _room: OwnedSemaphorePermit,
    patient: Arc<Semaphore>,
    is_patient: bool,
}

impl ConcurrencyLimiter {
    pub fn new(limits: &Limits) -> Self {
        Self {
            quick: Arc::new(Semaphore::new(limits.quick)),
            patient: Arc::new(Semaphore::new(limits.patient)),
            per_host: limits.per_host,
            hosts: Mutex::default(),
        }
    }

    pub fn host(&self, key: &HostKey) -> Arc<Host> {
        let mut hosts = self.hosts.lock();
        if let Some(known) = hosts.get(key) {
            return Arc::clone(known);
        }
        let new = Arc::new(Host { room: Arc::new(Semaphore::new(self.per_host)), unanswered: AtomicU32::new(0) });
        hosts.insert(key.clone(), Arc::clone(&new));
        new
    }

    /// Waits for a turn; none only when the process ends.
    pub async fn enter(&self, host: &Host) -> Option<Permit> {
        let room = Arc::clone(&host.room).acquire_owned().await.ok()?;
        let is_patient = host.unanswered.load(Ordering::Relaxed) > 0;
        let lane = if is_patient { &self.patient } else { &self.quick };
        let lane = Arc::clone(lane).acquire_owned().await.ok()?;
        Some(Permit { lane, _room: room, patient: Arc::clone(&self.patient), is_patient })
    }

    /// Breakers that are open, and targets in all.
    pub fn breakers(&self) -> (usize, usize) {
        let hosts = self.hosts.lock();
        (hosts.values().filter(|host| host.is_open()).count(), hosts.len())
    }

    /// Forgets targets that nothing uses any more.
    pub fn sweep(&self) {
        let mut hosts = self.hosts.lock();
        hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.unanswered.load(Ordering::Relaxed) > 0);
    }
}

impl Host {
    /// Notes whether the target answered at all; an error that it sent is an answer.
    pub fn note(&self, answered: bool) {
        if answered {
            self.unanswered.store(0, Ordering::Relaxed);
        } else {
            self.unanswered.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the target has been silent for so long that a second try in the same heartbeat is a waste.
    pub fn is_open(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed) >= OPENS_AT
    }
}

impl Permit {
    /// Makes room in the quick lane, if there is any in the patient one.
    pub fn make_room(&mut self) {
        if !self.is_patient
            && let Ok(lane) = Arc::clone(&self.patient).try_acquire_owned()
        {
            self.lane = lane;
            self.is_patient = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concurrency(quick: usize, patient: usize) -> ConcurrencyLimiter {
        ConcurrencyLimiter::new(&Limits { quick, patient, per_host: 2, ..Limits::default() })
    }

    fn key(host: &str) -> HostKey {
        HostKey { host: host.to_owned(), port: Some(443) }
    }

    #[tokio::test]
    async fn what_hangs_makes_room_for_what_answers() {
        let concurrency = concurrency(1, 8);
        let (hanging, healthy) = (concurrency.host(&key("a")), concurrency.host(&key("b")));
        let mut hangs = concurrency.enter(&hanging).await.expect("a pass");
        let waiting = concurrency.enter(&healthy);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        hangs.make_room();
        assert!(futures_util::poll!(&mut waiting).is_ready());
    }

    #[tokio::test]
    async fn a_silent_target_waits_in_the_patient_lane_and_opens_its_breaker_until_it_answers() {
        let concurrency = concurrency(1, 1);
        let silent = concurrency.host(&key("a"));
        for _ in 0..5 {
            assert!(!silent.is_open());
            silent.note(false);
        }
        assert_eq!((silent.is_open(), concurrency.breakers()), (true, (1, 1)));
        let _waits = concurrency.enter(&silent).await.expect("a pass");
        let _quick = concurrency.enter(&concurrency.host(&key("b"))).await.expect("the quick lane is free");
        silent.note(true);
        assert_eq!(concurrency.breakers(), (0, 2));
    }
}
