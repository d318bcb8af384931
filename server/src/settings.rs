//! Settings: flags, else environment, else a TOML file, else a default; and words for whatever is wrong with them.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use domain::{activation::VERIFICATION_LIVES_SECONDS, environment::Environment};
use engine::{console::ERROR_REPORTS_PER_MINUTE, identity_provider::ProviderSettings, retention::Retention, vault::Vault};
use probes::{dispatch::MailServer, egress::EgressPolicy};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub mod master_key;
mod parse;
mod single_sign_on;
pub mod sources;
pub mod table;

pub use master_key::MasterKey;
pub use sources::Input;
use sources::Raw;

use crate::forwarded::TrustedProxies;

/// A setting that will not do: `SWITCHBOARD_LISTEN "abc" is no address and port; write …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    subject: String,
    problem: String,
    write: String,
}

impl SettingError {
    pub fn new(subject: impl Into<String>, problem: impl Into<String>, write: impl Into<String>) -> Self {
        Self { subject: subject.into(), problem: problem.into(), write: write.into() }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; write {}", self.subject, self.problem, self.write)
    }
}

/// Everything the program needs to know to start.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// What people type to open the console; without it, the address it listens on.
    pub public_url: Option<Url>,
    pub environment: Environment,
    pub data_dir: PathBuf,
    pub database_url: SecretString,
    pub migration_database_url: Option<SecretString>,
    /// Absent when it is kept in the data directory.
    pub master_key: Option<MasterKey>,
    /// Open what they have sealed, and seal nothing.
    pub other_master_keys: Vec<MasterKey>,
    pub egress: EgressPolicy,
    /// Takes the mails of notification channels.
    pub mail: Option<MailServer>,
    /// Where evidence is kept: a folder, or `s3://bucket/prefix`.
    pub diagnostics_bucket: String,
    pub evidence_retention: Duration,
    /// Of a connection that names none, in seconds.
    pub heartbeat_interval_seconds: u32,
    /// How long a passed verification allows activation.
    pub verification_ttl: Duration,
    /// Whose word on where a request comes from counts.
    pub trusted_proxies: TrustedProxies,
    /// A session ends after this long without a visit, and after this long in any case.
    pub session_idle: Duration,
    pub session_lifetime: Duration,
    /// What one token may report a minute.
    pub error_reports_per_minute: NonZeroU32,
    pub metrics_are_open: bool,
    /// Of the collector of traces, where there is one.
    pub otlp_endpoint: Option<Url>,
    pub retention: Retention,
    /// Of single sign-on, where there is one.
    pub identity_provider: Option<ProviderSettings>,
}

/// One line of `check-config`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    pub setting: &'static str,
    /// As understood; secrets are hidden.
    pub value: String,
    pub origin: String,
}

/// Settings, or all that is wrong with them, and in either case what was found where.
pub struct Loaded {
    pub settings: Result<Settings, Vec<SettingError>>,
    pub rows: Vec<Row>,
    /// Variables that look like settings and are none.
    pub unknown_variables: Vec<String>,
}

impl Settings {
    /// Reads every source; see [`Loaded`].
    pub fn load(input: &Input) -> Loaded {
        let (raw, wrong) = sources::gather(input);
        let mut reader = parse::Reader::new(raw, wrong);
        let settings = Self::read(&mut reader);
        let (rows, wrong) = reader.finish();
        let unknown_variables = sources::unknown_variables(&input.environment).into_iter().map(str::to_owned).collect();
        Loaded { settings: if wrong.is_empty() { Ok(settings) } else { Err(wrong) }, rows, unknown_variables }
    }

    /// The key that is given, or was made on the first start.
    ///
    /// # Errors
    /// A file that cannot be read or does not hold a key.
    pub fn known_key(&self) -> Result<Option<MasterKey>, SettingError> {
        self.master_key.map_or_else(|| master_key::kept(&self.data_dir), |key| Ok(Some(key)))
    }

    /// Where SQLite keeps all there is; PostgreSQL is somewhere else.
    pub fn database_file(&self) -> Option<&Path> {
        let url = self.database_url.expose_secret();
        let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
        Some(Path::new(rest.split('?').next().unwrap_or(rest)))
    }

    /// Seals under `key`, and opens what the others have sealed too.
    pub fn vault(&self, key: MasterKey) -> Vault {
        let others: Vec<_> = self.other_master_keys.iter().map(|key| *key.as_bytes()).collect();
        Vault::from_ring(key.as_bytes(), &others)
    }

    fn read(reader: &mut parse::Reader) -> Self {
        let listen = reader.value(&table::LISTEN, parse::listen, SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
        let public_url = reader.optional(&table::PUBLIC_URL, parse::public_url, "the address it listens on");
        let environment = reader.value(&table::ENVIRONMENT, parse::environment, Environment::Development);
        let data_dir = reader.shown(&table::DATA_DIR, |text| Ok(PathBuf::from(text)), PathBuf::from("./data"), |path| path.display().to_string());
        let kept_here = format!("sqlite://{}", parse::sqlite_path(&data_dir.join("switchboard.db")));
        let database_url = reader.shown(&table::DATABASE_URL, parse::database_url, kept_here, |url| parse::without_password(url));
        let migration_database_url = reader.optional_secret(&table::MIGRATION_DATABASE_URL, parse::migration_database_url, "the database_url");
        let master_key = reader.optional_secret(&table::MASTER_KEY, master_key::parse, &format!("{} in the data directory", master_key::FILE));
        let other_master_keys = reader.optional_secret(&table::OTHER_MASTER_KEYS, master_key::parse_all, "none").unwrap_or_default();
        let egress = reader.value(&table::EGRESS_ALLOW, parse::egress, EgressPolicy::default());
        let mail = reader.optional_secret(&table::SMTP_URL, parse::mail_server, "none: no mail is sent");
        let evidence_here = data_dir.join("evidence").display().to_string();
        let diagnostics_bucket = reader.value(&table::EVIDENCE, parse::evidence, evidence_here);
        let retention_days = reader.value(&table::EVIDENCE_RETENTION, parse::days, 90);
        let heartbeat_interval_seconds = reader.value(&table::HEARTBEAT_INTERVAL, |text| parse::number(text, 5..=86_400), 300);
        let ttl = reader.value(&table::VERIFICATION_TTL, |text| parse::number(text, 60..=2_592_000), VERIFICATION_LIVES_SECONDS);
        let trusted_proxies = reader.shown(&table::TRUSTED_PROXIES, str::parse::<TrustedProxies>, TrustedProxies::default(), |proxies| {
            if *proxies == TrustedProxies::default() { "none".to_owned() } else { proxies.to_string() }
        });
        let idle = reader.value(&table::SESSION_IDLE, |text| parse::number(text, 300..=2_592_000), 12 * 60 * 60);
        let lifetime = reader.value(&table::SESSION_LIFETIME, |text| parse::number(text, 300..=31_536_000), 30 * 24 * 60 * 60);
        let reports = reader.value(&table::ERROR_REPORTS, |text| parse::number(text, 1..=1_000_000), ERROR_REPORTS_PER_MINUTE.get());
        let error_reports_per_minute = NonZeroU32::new(reports).unwrap_or(ERROR_REPORTS_PER_MINUTE);
        let metrics_are_open = reader.shown(&table::METRICS_OPEN, parse::yes_or_no, false, parse::yes_or_no_in_words);
        let otlp_endpoint = reader.optional(&table::OTLP_ENDPOINT, parse::collector, "none: no traces are sent");
        let retention = Self::read_retention(reader);
        let identity_provider = single_sign_on::read(reader, environment, public_url.as_ref());
        Self {
            listen,
            public_url,
            environment,
            data_dir,
            database_url: database_url.into(),
            migration_database_url,
            master_key,
            other_master_keys,
            egress,
            mail,
            diagnostics_bucket,
            evidence_retention: days(retention_days),
            heartbeat_interval_seconds,
            verification_ttl: Duration::from_secs(ttl.into()),
            trusted_proxies,
            session_idle: Duration::from_secs(idle.into()),
            session_lifetime: Duration::from_secs(lifetime.into()),
            error_reports_per_minute,
            metrics_are_open,
            otlp_endpoint,
            retention,
            identity_provider,
        }
    }

    fn read_retention(reader: &mut parse::Reader) -> Retention {
        let usual = Retention::default();
        let mut kept = |entry: &'static table::Entry, usual: Duration| {
            let usual = u32::try_from(usual.as_secs() / DAY).unwrap_or(u32::MAX);
            days(reader.value(entry, parse::days, usual))
        };
        let mut retention = Retention {
            errors: kept(&table::ERROR_RETENTION, usual.errors),
            notifications: kept(&table::NOTIFICATION_RETENTION, usual.notifications),
            verifications: kept(&table::VERIFICATION_RETENTION, usual.verifications),
            changes: kept(&table::CHANGE_RETENTION, usual.changes),
            maintenance_windows: kept(&table::WINDOW_RETENTION, usual.maintenance_windows),
            details: kept(&table::DETAIL_RETENTION, usual.details),
            summaries: kept(&table::SUMMARY_RETENTION, usual.summaries),
            most_errors: usual.most_errors,
        };
        retention.most_errors = reader.value(&table::MOST_ERRORS, |text| parse::number(text, 1..=100_000_000), usual.most_errors);
        retention
    }

    /// Whether browsers reach the console over TLS, so that its cookie may insist on it.
    pub fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * DAY)
}

#[cfg(test)]
mod tests;
