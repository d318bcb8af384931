//! What a person enters of a connection, as browsers post it: every value a text.

use std::collections::BTreeMap;

use domain::environment::Environment;
#[cfg(feature = "ssr")]
use domain::{kind::KindId, policy::AlertPolicy, profile::Settings, settings::from_form};
#[cfg(feature = "ssr")]
use engine::{
    Console,
    configure::{ConnectionEdit, HeartbeatEdit, NewConnection},
};
use serde::{Deserialize, Serialize};

use crate::secret_input::SecretInput;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConnectionInput {
    pub name: String,
    pub environment: Environment,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    #[serde(default)]
    pub credential: BTreeMap<String, SecretInput>,
    #[serde(default)]
    pub heartbeat: HeartbeatInput,
    /// Separated by commas.
    #[serde(default)]
    pub tags: String,
    #[serde(default)]
    pub owner: String,
    #[serde(default)]
    pub runbook_url: String,
}

#[cfg(feature = "ssr")]
impl ConnectionInput {
    fn settings(&self, console: &Console, kind: &KindId) -> Settings {
        console.kinds.get(kind).map(|kind| from_form(kind.descriptor(), &self.settings)).unwrap_or_default()
    }

    fn tags(&self) -> Vec<String> {
        self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    fn credential(&self) -> BTreeMap<String, String> {
        self.credential.iter().map(|(name, secret)| (name.clone(), secret.clone().reveal())).collect()
    }

    pub fn into_new(self, console: &Console, kind: KindId) -> NewConnection {
        NewConnection {
            settings: self.settings(console, &kind),
            heartbeat: Some(self.heartbeat.read()),
            tags: self.tags(),
            credential: self.credential(),
            name: self.name,
            kind,
            environment: self.environment,
            owner: Some(self.owner),
            runbook_url: Some(self.runbook_url),
        }
    }

    pub fn into_edit(self, console: &Console, kind: &KindId) -> ConnectionEdit {
        ConnectionEdit {
            settings: Some(self.settings(console, kind)),
            heartbeat: Some(Some(self.heartbeat.read())),
            tags: Some(Some(self.tags())),
            credential: Some(Some(self.credential())),
            name: Some(self.name),
            environment: Some(self.environment),
            owner: Some(Some(self.owner)),
            runbook_url: Some(Some(self.runbook_url)),
        }
    }
}

/// What is left out or empty takes its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatInput {
    interval_seconds: String,
    timeout_seconds: String,
    retries: String,
    alert: AlertInput,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct AlertInput {
    failures: String,
    of_last: String,
    recovery_passes: String,
    slow_ms: String,
    severity: String,
}

#[cfg(feature = "ssr")]
impl HeartbeatInput {
    pub fn read(&self) -> HeartbeatEdit {
        HeartbeatEdit {
            interval_seconds: number(&self.interval_seconds),
            timeout_seconds: number(&self.timeout_seconds),
            retries: number(&self.retries),
            alert: Some(self.alert.read()),
        }
    }
}

#[cfg(feature = "ssr")]
impl AlertInput {
    fn read(&self) -> AlertPolicy {
        let usual = AlertPolicy::default();
        AlertPolicy {
            failures: number(&self.failures).unwrap_or(usual.failures),
            of_last: number(&self.of_last).unwrap_or(usual.of_last),
            recovery_passes: number(&self.recovery_passes).unwrap_or(usual.recovery_passes),
            slow_ms: number(&self.slow_ms),
            severity: self.severity.parse().ok(),
        }
    }
}

/// What is not a number becomes one that the limits refuse, so that it is told with everything else that is wrong.
#[cfg(feature = "ssr")]
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.parse().unwrap_or(u32::MAX))
}
