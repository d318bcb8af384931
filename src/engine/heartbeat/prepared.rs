//! What it takes to try a connection, kept between heartbeats: settings read, credential opened, kind found.
//!
//! A credential stays open for as long as its connection is watched in this version, and no longer: an entry that has not been used for
//! a minute and its interval is dropped, and the secrets in it are wiped.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use domain::{environment::Environment, ids::ProfileId, kind::Scenario, matchers::Matched, policy::AlertPolicy};
use probes::kinds::{ConnectionKind, HostKey, Target};
use store::connection_schedules::claim::Claimed;

const IDLE: Duration = Duration::from_secs(60);

/// A connection ready to be tried.
pub struct Prepared {
    pub version: i64,
    pub name: String,
    pub environment: Environment,
    pub kind: Arc<dyn ConnectionKind>,
    pub scenario: Scenario,
    pub target: Target,
    pub host: HostKey,
    pub timeout: Duration,
    pub retries: u32,
    pub interval: Duration,
    pub alert: AlertPolicy,
    pub tags: Vec<String>,
    pub depends_on: Vec<ProfileId>,
}

impl Prepared {
    /// What windows and silences look at.
    pub fn matched(&self, id: ProfileId) -> Matched<'_> {
        Matched { id, environment: self.environment, tags: &self.tags }
    }

    /// The title of a scenario that the heartbeat stands for; without one, its own.
    pub fn title_of(&self, scenario: Option<&str>) -> &'static str {
        let named = scenario.and_then(|id| self.kind.descriptor().scenarios.iter().find(|scenario| scenario.id == id));
        named.unwrap_or(&self.scenario).title
    }
}

/// Prepared connections of this node.
#[derive(Default)]
pub struct Cache(Mutex<HashMap<ProfileId, (Instant, Arc<Prepared>)>>);

impl Cache {
    /// The connection in the version that was claimed, if it is kept.
    pub fn get(&self, claimed: &Claimed) -> Option<Arc<Prepared>> {
        let mut kept = self.0.lock();
        let (used, prepared) = kept.get_mut(&claimed.connection_id)?;
        (prepared.version == claimed.version).then(|| {
            *used = Instant::now();
            Arc::clone(prepared)
        })
    }

    pub fn keep(&self, id: ProfileId, prepared: &Arc<Prepared>) {
        self.0.lock().insert(id, (Instant::now(), Arc::clone(prepared)));
    }

    /// Drops what is not watched any more. Answers how many are left.
    pub fn sweep(&self) -> usize {
        let mut kept = self.0.lock();
        kept.retain(|_, (used, prepared)| used.elapsed() < IDLE + prepared.interval * 2);
        kept.len()
    }
}
