//! Puts the parts together: what every verb works with. No part knows the console that it is a part of.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::Quota;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    OpsError,
    access::{changes::AccessChanges, limits::SignInLimits},
    audit_chain::AuditKeys,
    audit_limits::AuditLimits,
    clock::{Clock, SystemClock},
    diagnose::limits::ConcurrencyLimits,
    events::Events,
    evidence::{EvidenceStore, Signer},
    heartbeat::{Limits, SchedulerState},
    identity_provider::{IdentityProvider, ProviderSettings},
    key_ring,
    limiter::Limiter,
    metrics::Metrics,
    password::Passwords,
    readiness::Readiness,
    report::{
        limits::{RefusalLimits, ReportLimits},
        unrecorded::UnrecordedErrors,
    },
    request_hours::RequestHours,
    retention::{Removed, Retention},
    sending::Sending,
    vault::Vault,
};
use domain::{
    activation::VERIFICATION_LIVES_SECONDS,
    heartbeat::Slot,
    ids::{ChannelId, TeamId},
    policy::HeartbeatPolicy,
};
use probes::{egress::Egress, kinds::Kinds};
use store::{Db, schema, snapshot, teams};

/// Ten a second, and a minute's worth at once.
pub const ERROR_REPORTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// Of a team: they go to whomever it names.
const INVITATION_MAILS_PER_HOUR: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Of one channel: each reaches all its receivers.
const CHANNEL_TESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// What a console needs to open.
pub struct ConsoleSettings {
    /// `sqlite://PATH` or `postgres://…`.
    pub database_url: SecretString,
    /// Of who owns the tables and migrates them, where that is another user of PostgreSQL.
    pub migration_database_url: Option<SecretString>,
    pub vault: Vault,
    pub egress: Egress,
    pub kinds: Kinds,
    pub clock: Arc<dyn Clock>,
    /// How long a passed verification allows activation.
    pub verification_time_to_live: Duration,
    /// How long a session goes on after the sign-in, whether visited or not. Default 30 days.
    pub session_lifetime: Duration,
    /// Interval of a connection that names none, in seconds.
    pub heartbeat_interval_seconds: u32,
    pub evidence: EvidenceStore,
    /// How long evidence is kept. Default 90 days.
    pub evidence_retention: Duration,
    pub heartbeat_limits: Limits,
    pub retention: Retention,
    /// What one token may report a minute.
    pub error_reports_per_minute: NonZeroU32,
    /// Of single sign-on, where there is one.
    pub identity_provider: Option<ProviderSettings>,
    pub sending: Sending,
}

impl ConsoleSettings {
    pub fn new(database_url: SecretString, vault: Vault, egress: Egress) -> Self {
        Self {
            database_url,
            migration_database_url: None,
            vault,
            egress,
            kinds: Kinds::all(),
            clock: Arc::new(SystemClock),
            verification_time_to_live: Duration::from_secs(VERIFICATION_LIVES_SECONDS.into()),
            session_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            heartbeat_interval_seconds: 300,
            evidence: EvidenceStore::memory(),
            evidence_retention: Duration::from_secs(90 * 24 * 60 * 60),
            heartbeat_limits: Limits::default(),
            retention: Retention::default(),
            error_reports_per_minute: ERROR_REPORTS_PER_MINUTE,
            identity_provider: None,
            sending: Sending::default(),
        }
    }
}

/// An open console. Cloning shares it.
#[derive(Clone)]
pub struct Console {
    pub db: Db,
    pub vault: Vault,
    pub audit_keys: AuditKeys,
    pub audit_limits: AuditLimits,
    pub channel_tests: Limiter<ChannelId>,
    pub invitation_mails: Limiter<TeamId>,
    pub egress: Egress,
    pub kinds: Kinds,
    pub clock: Arc<dyn Clock>,
    pub passwords: Passwords,
    pub sign_in_limits: SignInLimits,
    /// Told of whatever ends or narrows somebody's access.
    pub access_changes: AccessChanges,
    pub verification_time_to_live: Duration,
    pub session_lifetime: Duration,
    pub heartbeat_interval_seconds: u32,
    pub evidence: EvidenceStore,
    pub evidence_retention: Duration,
    pub signer: Arc<Signer>,
    pub limits: ConcurrencyLimits,
    pub events: Events,
    /// Cancelled once the process has been told to stop.
    pub stopping: CancellationToken,
    pub scheduler: Arc<SchedulerState>,
    pub readiness: Arc<Readiness>,
    pub report_limits: ReportLimits,
    pub refusal_limits: RefusalLimits,
    pub unrecorded: Arc<UnrecordedErrors>,
    pub identity_provider: Option<IdentityProvider>,
    pub retention: Retention,
    /// By retention.
    pub removed: Arc<Removed>,
    pub sending: Arc<Sending>,
    pub metrics: Metrics,
    pub request_hours: Arc<RequestHours>,
    /// Told of a runbook that the console is to go on with.
    pub executions: Arc<Notify>,
}

/// Opens the database and brings its schema up to date, as the user of `migrations` where that is another one.
///
/// # Errors
/// A database that cannot be reached, or is newer than this program.
pub async fn database(url: &SecretString, migrations: Option<&SecretString>) -> Result<Db, OpsError> {
    let db = Db::open(url).await?;
    snapshot::remove_left_copies(&db)?;
    match migrations {
        None => schema::migrate(&db).await?,
        Some(owner) => {
            let owner = Db::open(owner).await?;
            schema::migrate(&owner).await?;
            owner.close().await;
            schema::check_rights(&db).await?;
        }
    }
    Ok(db)
}

impl Console {
    /// Opens the database, brings its schema up to date and makes sure of the first team.
    ///
    /// # Errors
    /// A database that cannot be reached, is newer than this program, or is sealed under another master key.
    pub async fn open(settings: ConsoleSettings) -> Result<Self, OpsError> {
        let signer = Arc::new(Signer::of(&settings.vault)?);
        let db = database(&settings.database_url, settings.migration_database_url.as_ref()).await?;
        let audit_keys = key_ring::check_in(&db, &settings.vault, settings.clock.now()).await?;
        teams::ensure_default(&db, settings.clock.now()).await?;
        let scheduler = SchedulerState::new(settings.heartbeat_limits, Slot::at(settings.clock.now()));
        let events = Events::new(!db.is_embedded(), Arc::clone(&settings.clock));
        let identity_provider = settings.identity_provider.map(|provider| IdentityProvider::new(provider, settings.egress.clone()));
        Ok(Self {
            db,
            vault: settings.vault,
            audit_keys,
            audit_limits: AuditLimits::default(),
            channel_tests: Limiter::new(Quota::per_minute(CHANNEL_TESTS_PER_MINUTE)),
            invitation_mails: Limiter::new(Quota::per_hour(INVITATION_MAILS_PER_HOUR)),
            egress: settings.egress,
            kinds: settings.kinds,
            clock: settings.clock,
            passwords: Passwords::default(),
            sign_in_limits: SignInLimits::default(),
            access_changes: AccessChanges::default(),
            verification_time_to_live: settings.verification_time_to_live,
            session_lifetime: settings.session_lifetime,
            heartbeat_interval_seconds: settings.heartbeat_interval_seconds,
            evidence: settings.evidence,
            evidence_retention: settings.evidence_retention,
            signer,
            limits: ConcurrencyLimits::default(),
            events,
            stopping: CancellationToken::new(),
            scheduler,
            readiness: Arc::default(),
            report_limits: ReportLimits::new(settings.error_reports_per_minute),
            refusal_limits: RefusalLimits::default(),
            unrecorded: Arc::default(),
            identity_provider,
            retention: settings.retention,
            removed: Arc::default(),
            sending: Arc::new(settings.sending),
            metrics: Metrics::default(),
            request_hours: Arc::default(),
            executions: Arc::default(),
        })
    }

    /// Whether anyone may sign in with a password.
    pub fn takes_passwords(&self) -> bool {
        self.identity_provider.as_ref().is_none_or(|provider| !provider.settings().only)
    }

    /// For a connection that names no interval of its own.
    pub fn default_heartbeat(&self) -> HeartbeatPolicy {
        HeartbeatPolicy { interval_seconds: self.heartbeat_interval_seconds, ..HeartbeatPolicy::default() }
    }
}
