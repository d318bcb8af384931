//! A gRPC server, asked how it is by the health protocol that its field agreed on (grpc.health.v1).

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::SecretString;

use super::{Cause, ConnectionKind, Failure, Finding, Target, address, encryption, http::web_address, site};
use domain::{
    error::FieldError,
    kind::{Depth, Field, KindDescriptor, Scenario},
    profile::Settings,
    settings::text,
};

mod health;
mod scenarios;

pub struct Grpc {
    descriptor: KindDescriptor,
}

impl Grpc {
    pub fn new() -> Self {
        let descriptor = KindDescriptor {
            id: "grpc",
            title: "gRPC",
            summary: "A gRPC server: encryption, its own health, and that of one of its services.",
            fields: fields(),
            scenarios: vec![
                Scenario::blocking("resolve", "Host name resolves", Depth::Verify),
                Scenario::blocking("connect", "Accepts a connection", Depth::Verify),
                Scenario::blocking("tls", "Encrypts with a certificate for this host", Depth::Verify),
                Scenario::blocking("health", "Says that it serves", Depth::Heartbeat),
                Scenario::blocking("service", "The named service serves", Depth::Verify),
                Scenario::advisory("unknown_service", "Does not vouch for an unknown service", Depth::Diagnose),
            ],
        };
        Self { descriptor }
    }
}

impl Default for Grpc {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    let [certificate, key] = encryption::client_fields();
    vec![
        Field::url("url", "URL").required().hint("Such as https://orders.example.com:443; with http:// it speaks without TLS."),
        Field::text("service", "Service").hint("Its full name, such as shop.v1.Orders. Leave it empty to ask for the server alone."),
        Field::secret("token", "Token").hint("Sent as authorization: Bearer, if there is one."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign."),
        certificate,
        key,
    ]
}

#[async_trait]
impl ConnectionKind for Grpc {
    fn descriptor(&self) -> &KindDescriptor {
        &self.descriptor
    }

    fn origin(&self, settings: &Settings) -> String {
        web_address::parse(text(settings, "url")).map(|url| web_address::origin(&url)).unwrap_or_default()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let url = web_address::parse(text(settings, "url"))
            .and_then(|url| if url.path() == "/" && url.query().is_none() { Ok(()) } else { Err("Enter the server alone, without a path.".into()) });
        let errors = [("url", url)];
        let errors = errors.into_iter().filter_map(|(field, outcome)| outcome.err().map(|message| FieldError::new(format!("settings.{field}"), message)));
        errors.chain(encryption::check(settings)).collect()
    }

    fn check_credential(&self, settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        encryption::check_key(settings, credential).into_iter().collect()
    }

    async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        let url = web_address::parse(target.text("url")).map_err(|found| Failure::new(Cause::ConfigurationInvalid, found))?;
        match scenario {
            "resolve" => site::resolve(target, &url).await,
            "connect" => site::connect(target, &url).await,
            "tls" => site::tls(target, &url, &encryption::policy(target)?).await,
            "health" => scenarios::health(target, &url).await,
            "service" => scenarios::service(target, &url).await,
            "unknown_service" => scenarios::unknown_service(target, &url).await,
            unknown => Err(address::unknown_scenario(unknown)),
        }
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        let url = web_address::parse(target.text("url")).map_err(|found| Failure::new(Cause::ConfigurationInvalid, found))?;
        scenarios::heartbeat(target, &url).await
    }
}
