//! A gRPC server, asked how it is by the health protocol that its field agreed on (grpc.health.v1).

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::FutureExt;
use secrecy::SecretString;
use url::Url;

use super::{Cause, ConnectionKind, Failure, KindDefinition, Origin, Probe, Target, encryption, http::http_url, site};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
    settings::text,
};

mod health;
mod scenarios;

pub struct Grpc(KindDefinition);

impl Grpc {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| async move { site::resolve(target, &url(target)?).await }.boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| async move { site::connect(target, &url(target)?).await }.boxed()),
            Probe::blocking("tls", "Encrypts with a certificate for this host", Depth::Verify, |target| {
                async move { site::tls(target, &url(target)?, &encryption::policy(target)?).await }.boxed()
            }),
            Probe::blocking("health", "Says that it serves", Depth::Heartbeat, |target| async move { scenarios::health(target, &url(target)?).await }.boxed()),
            Probe::blocking("service", "The named service serves", Depth::Verify, |target| {
                async move { scenarios::service(target, &url(target)?).await }.boxed()
            }),
            Probe::advisory("unknown_service", "Does not vouch for an unknown service", Depth::Diagnose, |target| {
                async move { scenarios::unknown_service(target, &url(target)?).await }.boxed()
            }),
        ];
        Self(KindDefinition::new("grpc", "gRPC", "A gRPC server: encryption, its own health, and that of one of its services.", fields(), probes))
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
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        http_url::parse(text(settings, "url")).iter().map(http_url::origin).collect()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let url = http_url::parse(text(settings, "url"))
            .and_then(|url| if url.path() == "/" && url.query().is_none() { Ok(()) } else { Err("Enter the server alone, without a path.".into()) });
        let errors = [("url", url)];
        let errors = errors.into_iter().filter_map(|(field, outcome)| outcome.err().map(|message| FieldError::new(format!("settings.{field}"), message)));
        errors.chain(encryption::check(settings)).collect()
    }

    fn check_credential(&self, settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        encryption::check_key(settings, credential).into_iter().collect()
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target, &url(target)?).await
    }
}

fn url(target: &Target) -> Result<Url, Failure> {
    http_url::parse(target.text("url")).map_err(|found| Failure::new(Cause::ConfigurationInvalid, found))
}
