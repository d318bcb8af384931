//! The real services that tests run against, as `script/services` describes them.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Services {
    pub postgres: PostgresService,
    /// Asks for a password.
    pub redis: RedisService,
    /// Asks for none.
    pub redis_open: RedisService,
    /// Speaks only TLS.
    pub redis_tls: RedisService,
    /// The same, and asks its clients for a certificate.
    pub redis_asking: RedisService,
    pub nginx: NginxService,
    pub s3: S3Service,
    pub smtp: SmtpService,
    pub dns: DnsService,
    pub alertmanager: AlertmanagerService,
}

#[derive(Deserialize)]
pub struct PostgresService {
    pub host: String,
    pub port: u16,
    pub superuser_url: String,
    pub database: String,
    pub user: String,
    pub password: String,
    /// Of pgbouncer, which hands out sessions of this server for one transaction at a time.
    pub pgbouncer_port: u16,
}

#[derive(Deserialize)]
pub struct RedisService {
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub password: String,
}

#[derive(Deserialize)]
pub struct NginxService {
    pub plain: String,
    pub tls: String,
    pub expired: String,
    /// Its own certificate is valid; that of the authority that issued it is not any more.
    pub expired_chain: String,
    pub self_signed: String,
    pub wrong_host: String,
    pub wrong_address: String,
    /// Its certificate has no subject alternative name.
    pub cn_only: String,
    pub version_1: String,
    /// Answers only clients with a certificate.
    pub asking: String,
    /// Paths of certificates for clients and their keys, in PEM: one that is good, and one of a stranger.
    pub client_file: String,
    pub client_key_file: String,
    pub stranger_file: String,
    pub stranger_key_file: String,
    /// Its certificate ends in five days.
    pub ending: String,
    /// The authority of every good certificate, PostgreSQL's and Redis's too.
    pub ca_pem: String,
    /// Paths of the good certificate and its key, in PEM.
    pub certificate_file: String,
    pub key_file: String,
    pub bearer_token: String,
    pub api_key: String,
    pub basic_user: String,
    pub basic_password: String,
    pub client_id: String,
    pub client_secret: String,
}

#[derive(Deserialize)]
pub struct S3Service {
    pub endpoint: String,
    /// Checks signatures and rights, but cannot answer a request without any.
    pub checked_endpoint: String,
    pub region: String,
    pub bucket: String,
    /// Anyone can read from it.
    pub open_bucket: String,
    pub writer: S3Key,
    pub reader: S3Key,
}

#[derive(Deserialize)]
pub struct S3Key {
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// Its ports are described in `script/services.d/exim.bash`.
#[derive(Deserialize)]
pub struct SmtpService {
    pub host: String,
    pub port: u16,
    pub tls_port: u16,
    pub plain_port: u16,
    pub lax_port: u16,
    /// The folder in which it keeps the mails that it took, each as a file of its headers, …-H, and one of its body, …-D.
    pub spool: String,
    pub user: String,
    pub password: String,
    pub from: String,
    pub recipient: String,
}

#[derive(Deserialize)]
pub struct DnsService {
    /// Of every server, each at an address of its own.
    pub port: u16,
    pub resolver: String,
}

/// It keeps what it is given, and tells nobody.
#[derive(Deserialize)]
pub struct AlertmanagerService {
    pub url: String,
}

/// # Panics
/// Without `TEST_SERVICES`: a test that needs a service fails, it is never skipped.
pub fn services() -> &'static Services {
    static SERVICES: LazyLock<Services> = LazyLock::new(|| {
        let path = std::env::var("TEST_SERVICES")
            .expect("TEST_SERVICES names no file: run the tests with script/test, or with script/services cargo test -p switchboard-engine");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("TEST_SERVICES is {path}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    });
    &SERVICES
}
