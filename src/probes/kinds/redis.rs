//! Redis, and what speaks its protocol (Valkey, KeyDB): signed in to and pinged.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::FutureExt;
use secrecy::SecretString;

use super::{ConnectionKind, KindDefinition, Origin, Probe, address, encryption};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
};

mod cluster;
mod diagnostic_checks;
mod failure;
mod scenarios;
mod session;

pub struct Redis(KindDefinition);

impl Redis {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| address::resolve(target).boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| address::connect(target).boxed()),
            Probe::blocking("tls", "Encrypts as asked", Depth::Verify, |target| scenarios::tls(target).boxed()),
            Probe::blocking("sign_in", "Signs in", Depth::Verify, |target| scenarios::sign_in(target).boxed()),
            Probe::blocking("database", "Opens the database", Depth::Verify, |target| scenarios::database(target).boxed()),
            Probe::blocking("ping", "Answers PING", Depth::Heartbeat, |target| scenarios::ping(target).boxed()),
            Probe::advisory("role", "Accepts writes", Depth::Verify, |target| scenarios::role(target).boxed()),
            Probe::advisory("version", "Runs a supported version", Depth::Verify, |target| scenarios::version(target).boxed()),
            Probe::blocking("round_trip", "Keeps, expires and deletes a key", Depth::Diagnose, |target| diagnostic_checks::round_trip(target).boxed()),
            Probe::blocking("memory", "Has room in memory", Depth::Diagnose, |target| diagnostic_checks::memory(target).boxed()),
        ];
        Self(KindDefinition::new("redis", "Redis", "A Redis or Valkey server: sign-in, PING, role and version.", fields(), probes))
    }
}

impl Default for Redis {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    let [certificate, key] = encryption::client_fields();
    vec![
        Field::text("host", "Host").required().hint("A name or an IP address."),
        Field::port(6379),
        Field::number("database", "Database", 0, 1_023).default_to(0).hint("Its number. Most servers have 0 to 15; a cluster has only 0."),
        Field::text("user", "User").hint("Leave it empty to sign in as the default user."),
        Field::secret("password", "Password").hint("Only for a server that asks for one."),
        Field::text("key_prefix", "Prefix of keys").hint("Diagnostics keep a key below it, for a user who may use no others, such as app:."),
        Field::boolean("tls", "TLS").hint("The server must speak TLS on this port, with a certificate for this host."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign. Only used with TLS."),
        certificate,
        key,
    ]
}

#[async_trait]
impl ConnectionKind for Redis {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        vec![address::origin("redis", settings)]
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        address::check(settings)
    }

    fn check_credential(&self, settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        encryption::check_key(settings, credential).into_iter().collect()
    }
}
