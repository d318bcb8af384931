//! Every setting by its names, in the order `check-config` prints them.

/// One setting and where it may be set.
#[derive(Debug)]
pub struct Entry {
    /// Its name in the settings file.
    pub key: &'static str,
    /// Its environment variables, the preferred one first.
    pub variables: &'static [&'static str],
    /// Never shown; may also be kept in a file of its own, named by `VARIABLE_FILE` or `key_file`.
    pub secret: bool,
    /// What to write, for whoever wrote something else.
    pub write: &'static str,
}

impl Entry {
    const fn plain(key: &'static str, variables: &'static [&'static str], write: &'static str) -> Self {
        Self { key, variables, secret: false, write }
    }

    const fn secret(key: &'static str, variables: &'static [&'static str], write: &'static str) -> Self {
        Self { key, variables, secret: true, write }
    }
}

pub const LISTEN: Entry = Entry::plain("listen", &["SWITCHBOARD_LISTEN", "PORT"], "an address and port such as 127.0.0.1:8080, [::1]:8080, or a port alone");
pub const PUBLIC_URL: Entry =
    Entry::plain("public_url", &["SWITCHBOARD_PUBLIC_URL"], "what people type to open the console, without a path, such as https://switchboard.example.org");
pub const ENVIRONMENT: Entry = Entry::plain("environment", &["SWITCHBOARD_ENVIRONMENT"], "development, staging or production");
pub const DATA_DIR: Entry = Entry::plain("data_dir", &["SWITCHBOARD_DATA_DIR"], "a folder that the console may write to, such as /var/lib/switchboard");
pub const DATABASE_URL: Entry = Entry::secret("database_url", &["DATABASE_URL"], "sqlite:///path/to/file.db or postgres://user:password@host/database");
pub const MIGRATION_DATABASE_URL: Entry = Entry::secret(
    "migration_database_url",
    &["SWITCHBOARD_MIGRATION_DATABASE_URL"],
    "postgres://owner:password@host/database, of the user that owns the tables where the server's own does not",
);
pub const MASTER_KEY: Entry = Entry::secret("master_key", &["SWITCHBOARD_MASTER_KEY"], "32 random bytes in base64, as `openssl rand -base64 32` prints them");
pub const OTHER_MASTER_KEYS: Entry = Entry::secret(
    "other_master_keys",
    &["SWITCHBOARD_OTHER_MASTER_KEYS"],
    "keys like SWITCHBOARD_MASTER_KEY, separated by commas: older ones, until `switchboard keys rotate` has ended, and the next one before it is used",
);
pub const EGRESS_ALLOW: Entry =
    Entry::plain("egress_allow", &["SWITCHBOARD_EGRESS_ALLOW"], "address ranges with optional ports, separated by commas: 10.0.0.0/8:5432, [fd00::/8]:443");
pub const SMTP_URL: Entry = Entry::secret(
    "smtp_url",
    &["SWITCHBOARD_SMTP_URL"],
    "smtps://user:password@mail.example.org?from=switchboard@example.org, smtp:// for STARTTLS, or that with &encryption=none inside a trusted network",
);
pub const EVIDENCE: Entry = Entry::plain("diagnostics_bucket", &["DIAGNOSTICS_BUCKET"], "a folder, or s3://bucket/prefix with the usual AWS_* variables");
pub const EVIDENCE_RETENTION: Entry =
    Entry::plain("evidence_retention_days", &["SWITCHBOARD_EVIDENCE_RETENTION_DAYS"], "a whole number of days from 1 to 3650");
pub const HEARTBEAT_INTERVAL: Entry =
    Entry::plain("heartbeat_interval_seconds", &["SERVICE_HEARTBEAT_INTERVAL_SECONDS"], "a whole number of seconds from 5 to 86400");
pub const VERIFICATION_TTL: Entry =
    Entry::plain("verification_ttl_seconds", &["SWITCHBOARD_VERIFICATION_TTL_SECONDS"], "a whole number of seconds from 60 to 2592000");

pub const TRUSTED_PROXIES: Entry = Entry::plain(
    "trusted_proxies",
    &["SWITCHBOARD_TRUSTED_PROXIES"],
    "addresses and ranges of the proxies in front of the console, separated by commas: 127.0.0.1, 10.0.0.0/8",
);
pub const SESSION_IDLE: Entry = Entry::plain("session_idle_seconds", &["SWITCHBOARD_SESSION_IDLE_SECONDS"], "a whole number of seconds from 300 to 2592000");
pub const SESSION_LIFETIME: Entry =
    Entry::plain("session_lifetime_seconds", &["SWITCHBOARD_SESSION_LIFETIME_SECONDS"], "a whole number of seconds from 300 to 31536000");
pub const ERROR_REPORTS: Entry =
    Entry::plain("error_reports_per_minute", &["SWITCHBOARD_ERROR_REPORTS_PER_MINUTE"], "a whole number from 1 to 1000000, for each token");
pub const METRICS_OPEN: Entry = Entry::plain("metrics_open", &["SWITCHBOARD_METRICS_OPEN"], "yes or no: whether anyone may read /metrics");
pub const OTLP_ENDPOINT: Entry =
    Entry::plain("otlp_endpoint", &["OTEL_EXPORTER_OTLP_ENDPOINT"], "the address below which a collector takes OTLP over HTTP, such as http://localhost:4318");
pub const MOST_ERRORS: Entry = Entry::plain("errors_kept", &["SWITCHBOARD_ERRORS_KEPT"], "a whole number from 1 to 100000000, for each team");
pub const ERROR_RETENTION: Entry = Entry::plain("error_retention_days", &["SWITCHBOARD_ERROR_RETENTION_DAYS"], DAYS);
pub const NOTIFICATION_RETENTION: Entry = Entry::plain("notification_retention_days", &["SWITCHBOARD_NOTIFICATION_RETENTION_DAYS"], DAYS);
pub const VERIFICATION_RETENTION: Entry = Entry::plain("verification_retention_days", &["SWITCHBOARD_VERIFICATION_RETENTION_DAYS"], DAYS);
pub const CHANGE_RETENTION: Entry = Entry::plain("change_retention_days", &["SWITCHBOARD_CHANGE_RETENTION_DAYS"], DAYS);
pub const WINDOW_RETENTION: Entry = Entry::plain("maintenance_retention_days", &["SWITCHBOARD_MAINTENANCE_RETENTION_DAYS"], DAYS);
pub const DETAIL_RETENTION: Entry = Entry::plain("detail_retention_days", &["SWITCHBOARD_DETAIL_RETENTION_DAYS"], DAYS);
pub const SUMMARY_RETENTION: Entry = Entry::plain("summary_retention_days", &["SWITCHBOARD_SUMMARY_RETENTION_DAYS"], DAYS);

pub const OIDC_ISSUER: Entry =
    Entry::plain("oidc_issuer", &["SWITCHBOARD_OIDC_ISSUER"], "the provider's issuer as it names itself, such as https://id.example.org/realms/staff");
pub const OIDC_NAME: Entry = Entry::plain("oidc_name", &["SWITCHBOARD_OIDC_NAME"], "what people call the provider, in at most 40 characters");
pub const OIDC_CLIENT_ID: Entry = Entry::plain("oidc_client_id", &["SWITCHBOARD_OIDC_CLIENT_ID"], "the id under which the provider knows this console");
pub const OIDC_CLIENT_SECRET: Entry =
    Entry::secret("oidc_client_secret", &["SWITCHBOARD_OIDC_CLIENT_SECRET"], "the secret that the provider gave this console");
pub const OIDC_SCOPES: Entry =
    Entry::plain("oidc_scopes", &["SWITCHBOARD_OIDC_SCOPES"], "scopes to ask for beside openid, separated by commas or spaces: email, groups");
pub const OIDC_GROUPS_CLAIM: Entry =
    Entry::plain("oidc_groups_claim", &["SWITCHBOARD_OIDC_GROUPS_CLAIM"], "the claim of the ID token that lists groups, such as groups");
pub const OIDC_GROUPS: Entry =
    Entry::plain("oidc_groups", &["SWITCHBOARD_OIDC_GROUPS"], "group=team:role, separated by commas: ops-admins=default:admin, mobile=mobile-apps:viewer");
pub const OIDC_ONLY: Entry = Entry::plain("oidc_only", &["SWITCHBOARD_OIDC_ONLY"], "yes or no: whether nobody signs in with a password");

const DAYS: &str = "a whole number of days from 1 to 3650";

pub const TABLE: [&Entry; 36] = [
    &LISTEN,
    &PUBLIC_URL,
    &ENVIRONMENT,
    &DATA_DIR,
    &DATABASE_URL,
    &MIGRATION_DATABASE_URL,
    &MASTER_KEY,
    &OTHER_MASTER_KEYS,
    &EGRESS_ALLOW,
    &SMTP_URL,
    &EVIDENCE,
    &EVIDENCE_RETENTION,
    &HEARTBEAT_INTERVAL,
    &VERIFICATION_TTL,
    &TRUSTED_PROXIES,
    &SESSION_IDLE,
    &SESSION_LIFETIME,
    &ERROR_REPORTS,
    &METRICS_OPEN,
    &OTLP_ENDPOINT,
    &MOST_ERRORS,
    &ERROR_RETENTION,
    &NOTIFICATION_RETENTION,
    &VERIFICATION_RETENTION,
    &CHANGE_RETENTION,
    &WINDOW_RETENTION,
    &DETAIL_RETENTION,
    &SUMMARY_RETENTION,
    &OIDC_ISSUER,
    &OIDC_NAME,
    &OIDC_CLIENT_ID,
    &OIDC_CLIENT_SECRET,
    &OIDC_SCOPES,
    &OIDC_GROUPS_CLAIM,
    &OIDC_GROUPS,
    &OIDC_ONLY,
];

/// Names the settings file itself.
pub const CONFIG_VARIABLE: &str = "SWITCHBOARD_CONFIG";
