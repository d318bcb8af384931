//! What every handler shares.

use std::{env, fs, ops::Deref, path::Path, sync::Arc, time::Duration};

use axum::http::{Extensions, HeaderMap, header};
use domain::{environment::Environment, error::UserError};
use engine::{
    Console, ConsoleSettings, OpsError, access,
    background::Tasks,
    backup,
    evidence::EvidenceStore,
    heartbeat::Limits,
    keys,
    report::{RequestContext, report},
    sending::Sending,
};
use leptos::config::LeptosOptions;
use probes::egress::{Egress, Resolver};
use url::Url;

use crate::{
    assets,
    forwarded::TrustedProxies,
    metrics::Metrics,
    problem::Problem,
    settings::{MasterKey, Settings},
    streams::Streams,
};

/// File descriptors that a busy console may need.
const WANTED_FILES: u64 = 8_192;
/// Those that visitors, databases and evidence may hold.
const OTHER_FILES: usize = 1_200;

/// Cheap to clone, which every layer does for every request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

pub struct Shared {
    pub console: Console,
    pub environment: Environment,
    /// Scheme, host and port that people use; absent, whatever host the request names.
    pub public_url: Option<Url>,
    /// Whether browsers reach the console over TLS.
    pub is_secure: bool,
    pub leptos: LeptosOptions,
    pub trusted_proxies: TrustedProxies,
    pub streams: Streams,
    /// A session ends after this long without a visit.
    pub session_idle: Duration,
    /// What goes on beside requests.
    pub background: Tasks,
    pub metrics: Metrics,
    /// To whoever asks.
    pub metrics_are_open: bool,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl AppState {
    pub fn new(console: Console, settings: &Settings, background: Tasks) -> Self {
        let public_url = settings.public_url.clone();
        let streams = Streams::new(console.access_changes.clone());
        let metrics = Metrics::new(&console);
        Self(Arc::new(Shared {
            console,
            environment: settings.environment,
            public_url,
            is_secure: settings.is_secure(),
            leptos: assets::leptos_options(),
            trusted_proxies: settings.trusted_proxies.clone(),
            streams,
            session_idle: settings.session_idle,
            background,
            metrics,
            metrics_are_open: settings.metrics_are_open,
        }))
    }

    /// Where people reach the console, for links: as configured, or as whoever asks has reached it. Without a slash at its end.
    pub fn address_for(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("{}://{host}", if self.is_secure { "https" } else { "http" })
    }

    /// What a person or program reads of an error, after it was logged and recorded.
    pub async fn refuse(&self, context: &RequestContext, error: impl Into<OpsError>) -> Problem {
        report(&self.console, context, error.into()).await.into()
    }

    /// [`AppState::refuse`] for whoever has only the request, whose extensions hold its context.
    pub async fn refuse_request(&self, extensions: &Extensions, error: impl Into<OpsError>) -> Problem {
        match extensions.get() {
            Some(context) => self.refuse(context, error).await,
            None => UserError::new(error.into().code(), None).into(),
        }
    }
}

/// Opens the console that the settings describe.
///
/// # Errors
/// A database that does not answer or is newer than this program; a place for evidence that makes no sense.
pub async fn open_console(settings: &Settings, key: MasterKey) -> Result<Console, OpsError> {
    let egress = Egress::new(settings.egress.clone(), Resolver::System);
    let console = Console::open(ConsoleSettings {
        migration_database_url: settings.migration_database_url.clone(),
        heartbeat_limits: heartbeat_limits(),
        evidence: evidence_store(settings, &egress)?,
        evidence_retention: settings.evidence_retention,
        verification_time_to_live: settings.verification_ttl,
        session_lifetime: settings.session_lifetime,
        heartbeat_interval_seconds: settings.heartbeat_interval_seconds,
        retention: settings.retention,
        error_reports_per_minute: settings.error_reports_per_minute,
        identity_provider: settings.identity_provider.clone(),
        sending: sending(settings),
        ..ConsoleSettings::new(settings.database_url.clone(), settings.vault(key), egress)
    })
    .await?;
    keys::announce_abandoned(&console).await?;
    backup::announce_restored(&access::command_line(&console, None).await?).await?;
    Ok(console)
}

/// Where evidence is kept: a bucket or a folder.
///
/// # Errors
/// A place that makes no sense.
pub fn evidence_store(settings: &Settings, egress: &Egress) -> Result<EvidenceStore, OpsError> {
    let place = &settings.diagnostics_bucket;
    if place.starts_with("s3://") { EvidenceStore::bucket(place, aws_variables(), egress) } else { EvidenceStore::directory(Path::new(place)) }
}

fn sending(settings: &Settings) -> Sending {
    let address = settings.public_url.as_ref().map_or_else(|| format!("http://{}", settings.listen), |url| url.as_str().trim_end_matches('/').to_owned());
    Sending { address, mail: settings.mail.clone(), environment: settings.environment }
}

/// As many slow heartbeats at once as there are file descriptors for, beside everything else that holds one.
fn heartbeat_limits() -> Limits {
    let usual = Limits::default();
    let files = rlimit::increase_nofile_limit(WANTED_FILES).unwrap_or(1_024);
    let left = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(usual.quick + OTHER_FILES);
    Limits { patient: left.clamp(64, usual.patient), ..usual }
}

/// `AWS_*`, where `AWS_SECRET_ACCESS_KEY_FILE` and its like name a file that holds the value.
fn aws_variables() -> Vec<(String, String)> {
    let given = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let read = |(name, value): (String, String)| match name.strip_suffix("_FILE") {
        Some(plain) if matches!(plain, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN") => {
            fs::read_to_string(&value).ok().map(|text| (plain.to_owned(), text.trim().to_owned()))
        }
        _ => Some((name, value)),
    };
    given.filter(|(name, _)| name.starts_with("AWS_")).filter_map(read).collect()
}
