//! PostgreSQL, and what speaks its protocol: signed in to and asked, as an application would.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::FutureExt;
use secrecy::SecretString;
use serde_json::Value;

use super::{ConnectionKind, Failure, KindDefinition, Origin, Probe, Target, address, encryption};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
};

mod diagnostic_checks;
mod failure;
mod negotiation;
mod playbook;
mod scenarios;
mod session;
mod table_name;

pub struct Postgres(KindDefinition);

impl Postgres {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| address::resolve(target).boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| address::connect(target).boxed()),
            Probe::blocking("tls", "Encrypts as asked", Depth::Verify, |target| scenarios::tls(target).boxed()),
            Probe::blocking("sign_in", "Signs in", Depth::Verify, |target| scenarios::sign_in(target).boxed()),
            Probe::blocking("database", "Opens the database", Depth::Verify, |target| scenarios::database(target).boxed()),
            Probe::blocking("select_one", "Answers select 1", Depth::Heartbeat, |target| scenarios::select_one(target).boxed()),
            Probe::advisory("version", "Runs a supported version", Depth::Verify, |target| scenarios::version(target).boxed()),
            Probe::blocking("not_in_recovery", "Accepts writes", Depth::Verify, |target| scenarios::not_in_recovery(target).boxed()),
            Probe::blocking("round_trip", "Keeps what is written, and rolls back", Depth::Diagnose, |target| diagnostic_checks::round_trip(target).boxed()),
            Probe::blocking("role", "The role is no superuser", Depth::Diagnose, |target| diagnostic_checks::role(target).boxed()),
            Probe::blocking("row_security", "Protected tables have row-level security", Depth::Diagnose, |target| {
                diagnostic_checks::row_security(target).boxed()
            }),
            Probe::blocking("connections", "Has room for connections", Depth::Diagnose, |target| diagnostic_checks::connections(target).boxed()),
            Probe::advisory("longest_query", "No query runs for too long", Depth::Diagnose, |target| diagnostic_checks::longest_query(target).boxed())
                .measures(&["longest_query_seconds"]),
            Probe::advisory("connections_used", "No session idles in a transaction", Depth::Diagnose, |target| playbook::sessions(target).boxed()).measures(&[
                "connections_used",
                "sessions_idle",
                "idle_in_transaction_seconds",
            ]),
            Probe::advisory("locks", "No session waits for a lock", Depth::Diagnose, |target| playbook::locks(target).boxed()).measures(&["lock_wait_seconds"]),
            Probe::advisory("table_sizes", "No table is full of deleted rows", Depth::Diagnose, |target| playbook::table_sizes(target).boxed())
                .measures(&["largest_table_bytes"]),
            Probe::advisory("slowest_statements", "No statement is slow on average", Depth::Diagnose, |target| playbook::slowest_statements(target).boxed())
                .measures(&["slowest_statement_ms"]),
            Probe::advisory("row_security_in_use", "No policy is without effect", Depth::Diagnose, |target| playbook::row_security(target).boxed()),
            Probe::advisory("replication_lag", "Replicas keep up", Depth::Diagnose, |target| playbook::replication_lag(target).boxed())
                .measures(&["replication_lag_seconds"]),
        ];
        Self(KindDefinition::new("postgres", "PostgreSQL", "A PostgreSQL database: TLS, sign-in, version, and that it accepts writes.", fields(), probes))
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
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        vec![address::origin("postgres", settings)]
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let tables = settings.get("protected_tables").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let wrong = tables.into_iter().find(|table| !table_name::is_one(table)).map(|table| {
            let shown: String = table.chars().take(60).collect();
            FieldError::new(
                "settings.protected_tables",
                format!("{shown} is no table: write schema.table, with quotes round a name that has capitals, spaces or dots."),
            )
        });
        address::check(settings).into_iter().chain(wrong).collect()
    }

    fn check_credential(&self, settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        encryption::check_key(settings, credential).into_iter().collect()
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target).await
    }
}
