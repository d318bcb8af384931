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

use crate::{Console, OpsError, configure};
use domain::{
    correlation::CorrelationId,
    environment::Environment,
    ids::ProfileId,
    kind::{Depth, Scenario},
    policy::AlertPolicy,
};
use probes::kinds::{ConnectionKind, Target};
use store::{connection_schedules::claim::Claimed, profiles};

const IDLE: Duration = Duration::from_secs(60);

/// A connection ready to be tried.
pub struct Prepared {
    pub version: i64,
    pub name: String,
    pub environment: Environment,
    pub kind: Arc<dyn ConnectionKind>,
    pub scenario: Scenario,
    pub target: Target,
    /// Scheme, host and port: what breakers and limits per target go by.
    pub host: Arc<str>,
    pub timeout: Duration,
    pub retries: u32,
    pub interval: Duration,
    pub alert: AlertPolicy,
}

impl Prepared {
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
    /// The connection in the version that was claimed.
    ///
    /// # Errors
    /// A credential that does not open; a kind that this program does not know; the database failed.
    pub async fn get(&self, console: &Console, claimed: &Claimed) -> Result<Arc<Prepared>, OpsError> {
        if let Some(kept) = self.kept(claimed) {
            return Ok(kept);
        }
        let prepared = Arc::new(prepare(console, claimed).await?);
        self.lock().insert(claimed.connection_id, (Instant::now(), Arc::clone(&prepared)));
        Ok(prepared)
    }

    /// Drops what is not watched any more. Answers how many are left.
    pub fn sweep(&self) -> usize {
        let mut kept = self.lock();
        kept.retain(|_, (used, prepared)| used.elapsed() < IDLE + prepared.interval * 2);
        kept.len()
    }

    fn kept(&self, claimed: &Claimed) -> Option<Arc<Prepared>> {
        let mut kept = self.lock();
        let (used, prepared) = kept.get_mut(&claimed.connection_id)?;
        (prepared.version == claimed.version).then(|| {
            *used = Instant::now();
            Arc::clone(prepared)
        })
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashMap<ProfileId, (Instant, Arc<Prepared>)>> {
        self.0.lock()
    }
}

async fn prepare(console: &Console, claimed: &Claimed) -> Result<Prepared, OpsError> {
    let profile = profiles::get(&console.db, claimed.team_id, claimed.connection_id).await?;
    let profile = profile.ok_or_else(|| OpsError::Settings("a scheduled connection is gone".into()))?;
    let kind = console.kinds.get(&profile.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", profile.kind)))?;
    let scenario =
        *kind.descriptor().scenarios_to(Depth::Heartbeat).next().ok_or_else(|| OpsError::Settings(format!("the kind '{}' has no heartbeat", profile.kind)))?;
    let target = Target { keeps_evidence: false, ..configure::open_target(console, &profile, CorrelationId::mint()).await? };
    Ok(Prepared {
        version: profile.version,
        host: kind.origin(&profile.settings).into(),
        environment: profile.environment,
        name: profile.name,
        kind,
        scenario,
        target,
        timeout: Duration::from_secs(profile.heartbeat.timeout_seconds.into()),
        retries: profile.heartbeat.retries,
        interval: Duration::from_secs(profile.heartbeat.interval_seconds.into()),
        alert: profile.heartbeat.alert,
    })
}
