//! What this process counts, for whoever collects it: errors, reports, and how probes ended. Names of connections and teams stand nowhere in it.

use domain::{
    error::ErrorCode,
    heartbeat::Outcome,
    kind::KindId,
    severity::Severity,
    verification::{StepOutcome, VerificationOutcome},
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use store::pool_figures::PoolFigures;

/// Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    errors: Family<OfError, Counter>,
    reports: Family<OfReport, Counter>,
    verifications: Family<OfProbe, Counter>,
    scenarios: Family<OfProbe, Counter>,
    heartbeats: Family<OfHeartbeat, Counter>,
    connections: Family<OfPool, Gauge>,
    most_connections: Family<NameOfPool, Gauge>,
    open_circuits: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfError {
    code: &'static str,
    severity: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReport {
    severity: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfProbe {
    kind: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfHeartbeat {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPool {
    pool: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NameOfPool {
    pool: &'static str,
}

impl Metrics {
    /// Under the names that collectors know them by.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("switchboard_errors", "Requests that were refused or failed", self.errors.clone());
        registry.register("switchboard_reported_errors", "Errors that other programs reported", self.reports.clone());
        registry.register("switchboard_verifications", "Connections that were tested before they may be activated", self.verifications.clone());
        registry.register("switchboard_diagnostic_scenarios", "Scenarios of diagnostic runs that ended", self.scenarios.clone());
        registry.register("switchboard_heartbeats", "Heartbeats that this process recorded", self.heartbeats.clone());
        registry.register("switchboard_database_connections", "Connections to the database that are open", self.connections.clone());
        registry.register("switchboard_database_connections_most", "Connections to the database that may be open", self.most_connections.clone());
        registry.register(
            "switchboard_open_circuits",
            "Targets that heartbeats leave alone for a moment, because they do not answer",
            self.open_circuits.clone(),
        );
    }

    pub(crate) fn error(&self, code: ErrorCode) {
        self.errors.get_or_create(&OfError { code: code.into(), severity: code.severity().into() }).inc();
    }

    pub(crate) fn report(&self, severity: Severity) {
        self.reports.get_or_create(&OfReport { severity: severity.into() }).inc();
    }

    pub(crate) fn verification(&self, kind: &KindId, outcome: VerificationOutcome) {
        self.verifications.get_or_create(&OfProbe { kind: kind.to_string(), outcome: outcome.into() }).inc();
    }

    pub(crate) fn scenario(&self, kind: &KindId, outcome: StepOutcome) {
        self.scenarios.get_or_create(&OfProbe { kind: kind.to_string(), outcome: outcome.into() }).inc();
    }

    /// So many slots ended in this way.
    pub(crate) fn heartbeats(&self, outcome: Outcome, count: usize) {
        self.heartbeats.get_or_create(&OfHeartbeat { outcome: outcome.into() }).inc_by(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// How things stand now, just before they are read.
    pub fn stand(&self, pools: &[PoolFigures], open_circuits: usize) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for PoolFigures { name: pool, open, idle, most } in pools.iter().copied() {
            self.connections.get_or_create(&OfPool { pool, state: "idle" }).set(number(idle));
            self.connections.get_or_create(&OfPool { pool, state: "used" }).set(number(open.saturating_sub(idle)));
            self.most_connections.get_or_create(&NameOfPool { pool }).set(number(most));
        }
        self.open_circuits.set(number(open_circuits));
    }
}
