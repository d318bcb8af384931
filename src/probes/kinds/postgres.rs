//! PostgreSQL, and what speaks its protocol: signed in to and asked, as an application would.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{ConnectionKind, Failure, Finding, Target, address, encryption};
use domain::{
    error::FieldError,
    kind::{Depth, Field, KindDescriptor, Scenario},
    profile::Settings,
};

mod diagnostic_checks;
mod failure;
mod negotiation;
mod scenarios;
mod session;

pub struct Postgres {
    descriptor: KindDescriptor,
}

impl Postgres {
    pub fn new() -> Self {
        let descriptor = KindDescriptor {
            id: "postgres",
            title: "PostgreSQL",
            summary: "A PostgreSQL database: TLS, sign-in, version, and that it accepts writes.",
            fields: fields(),
            scenarios: vec![
                Scenario::blocking("resolve", "Host name resolves", Depth::Verify),
                Scenario::blocking("connect", "Accepts a connection", Depth::Verify),
                Scenario::blocking("tls", "Encrypts as asked", Depth::Verify),
                Scenario::blocking("sign_in", "Signs in", Depth::Verify),
                Scenario::blocking("database", "Opens the database", Depth::Verify),
                Scenario::blocking("select_one", "Answers select 1", Depth::Heartbeat),
                Scenario::advisory("version", "Runs a supported version", Depth::Verify),
                Scenario::blocking("not_in_recovery", "Accepts writes", Depth::Verify),
                Scenario::blocking("round_trip", "Keeps what is written, and rolls back", Depth::Diagnose),
                Scenario::blocking("role", "The role is no superuser", Depth::Diagnose),
                Scenario::blocking("row_security", "Protected tables have row-level security", Depth::Diagnose),
                Scenario::blocking("connections", "Has room for connections", Depth::Diagnose),
                Scenario::advisory("longest_query", "No query runs for too long", Depth::Diagnose),
            ],
        };
        Self { descriptor }
    }
}

impl Default for Postgres {
    fn default() -> Self {
        Self::new()
    }
}

/// The modes in which a client certificate may be asked for.
const ENCRYPTED: &[&str] = &["prefer", "require", "verify-full"];

fn fields() -> Vec<Field> {
    let [certificate, key] = encryption::client_fields();
    vec![
        Field::text("host", "Host").required().hint("A name or an IP address."),
        Field::port(5432),
        Field::text("database", "Database").required(),
        Field::text("user", "User").required().hint("The role to sign in as. One without superuser rights is enough."),
        Field::secret("password", "Password").hint("Only for a role that signs in with one."),
        Field::choice("tls", "TLS", &["prefer", "disable", "require", "verify-full"])
            .hint("prefer encrypts if the server offers it, require always; only verify-full proves who the server is."),
        Field::multiline("ca_pem", "Certificate authority")
            .hint("PEM, for a certificate that public authorities did not sign. With require, giving one has the certificate verified too.")
            .shown_when("tls", &["require", "verify-full"]),
        certificate.shown_when("tls", ENCRYPTED),
        key.shown_when("tls", ENCRYPTED),
        Field::list("protected_tables", "Protected tables").hint("Tables that must have row-level security, one a line, as schema.table."),
        Field::boolean("allow_replica", "May be read-only").hint("Tick this for a replica: it need not accept writes."),
        Field::number("longest_query_seconds", "Longest query", 1, 86_400)
            .default_to(diagnostic_checks::DEFAULT_LONGEST_SECONDS)
            .hint("Seconds that a query may run before diagnostics warn."),
    ]
}

#[async_trait]
impl ConnectionKind for Postgres {
    fn descriptor(&self) -> &KindDescriptor {
        &self.descriptor
    }

    fn origin(&self, settings: &Settings) -> String {
        address::origin("postgres", settings)
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
            "select_one" => scenarios::select_one(target).await,
            "version" => scenarios::version(target).await,
            "not_in_recovery" => scenarios::not_in_recovery(target).await,
            "round_trip" => diagnostic_checks::round_trip(target).await,
            "role" => diagnostic_checks::role(target).await,
            "row_security" => diagnostic_checks::row_security(target).await,
            "connections" => diagnostic_checks::connections(target).await,
            "longest_query" => diagnostic_checks::longest_query(target).await,
            unknown => Err(address::unknown_scenario(unknown)),
        }
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target).await
    }
}
