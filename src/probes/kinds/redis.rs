//! Redis, and what speaks its protocol (Valkey, KeyDB): signed in to and pinged.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{ConnectionKind, Failure, Finding, Target, address, encryption};
use domain::{
    error::FieldError,
    kind::{Depth, Field, KindDescriptor, Scenario},
    profile::Settings,
};

mod cluster;
mod diagnostic_checks;
mod failure;
mod scenarios;
mod session;

pub struct Redis {
    descriptor: KindDescriptor,
}

impl Redis {
    pub fn new() -> Self {
        let descriptor = KindDescriptor {
            id: "redis",
            title: "Redis",
            summary: "A Redis or Valkey server: sign-in, PING, role and version.",
            fields: fields(),
            scenarios: vec![
                Scenario::blocking("resolve", "Host name resolves", Depth::Verify),
                Scenario::blocking("connect", "Accepts a connection", Depth::Verify),
                Scenario::blocking("tls", "Encrypts as asked", Depth::Verify),
                Scenario::blocking("sign_in", "Signs in", Depth::Verify),
                Scenario::blocking("database", "Opens the database", Depth::Verify),
                Scenario::blocking("ping", "Answers PING", Depth::Heartbeat),
                Scenario::advisory("role", "Accepts writes", Depth::Verify),
                Scenario::advisory("version", "Runs a supported version", Depth::Verify),
                Scenario::blocking("round_trip", "Keeps, expires and deletes a key", Depth::Diagnose),
                Scenario::blocking("memory", "Has room in memory", Depth::Diagnose),
            ],
        };
        Self { descriptor }
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
        Field::boolean("tls", "TLS").hint("The server must speak TLS on this port, with a certificate for this host."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign. Only used with TLS."),
        certificate,
        key,
    ]
}

#[async_trait]
impl ConnectionKind for Redis {
    fn descriptor(&self) -> &KindDescriptor {
        &self.descriptor
    }

    fn origin(&self, settings: &Settings) -> String {
        address::origin("redis", settings)
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        address::check(settings)
    }

    fn check_credential(&self, settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        encryption::check_key(settings, credential).into_iter().collect()
    }

    async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        match scenario {
            "resolve" => address::resolve(target).await,
            "connect" => address::connect(target).await,
            "tls" => scenarios::tls(target).await,
            "sign_in" => scenarios::sign_in(target).await,
            "database" => scenarios::database(target).await,
            "ping" => scenarios::ping(target).await,
            "role" => scenarios::role(target).await,
            "version" => scenarios::version(target).await,
            "round_trip" => diagnostic_checks::round_trip(target).await,
            "memory" => diagnostic_checks::memory(target).await,
            unknown => Err(address::unknown_scenario(unknown)),
        }
    }
}
