//! An HTTP service: one request over the one dialer, judged by its status and by conditions a person wrote.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::FutureExt;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::{ConnectionKind, Failure, KindDefinition, Origin, Probe, Target, encryption};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
};

mod auth;
mod challenge;
mod condition;
mod diagnostic_checks;
pub(super) mod evidence;
pub(crate) mod exchange;
mod fetch;
pub(crate) mod http_url;
mod memory;
mod opening;
mod packing;
mod plan;
mod scenarios;
mod sent;
pub(super) mod status;
mod text;

pub struct Http(KindDefinition);

impl Http {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| scenarios::resolve(target).boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Verify, |target| scenarios::connect(target).boxed()),
            Probe::blocking("tls", "Encrypts with a certificate for this host", Depth::Verify, |target| scenarios::tls(target).boxed()),
            Probe::advisory("certificate", "Certificate lasts another two weeks", Depth::Verify, |target| scenarios::certificate(target).boxed()),
            Probe::blocking("sign_in", "Accepts the credential", Depth::Verify, |target| scenarios::sign_in(target).boxed()),
            Probe::blocking("request", "Answers with the expected status", Depth::Heartbeat, |target| scenarios::request(target).boxed()),
            Probe::blocking("conditions", "Meets the conditions", Depth::Verify, |target| scenarios::conditions(target).boxed()),
            Probe::blocking("wrong_credential", "Refuses a wrong credential", Depth::Diagnose, |target| diagnostic_checks::wrong_credential(target).boxed()),
            Probe::blocking("redirect", "Redirects stay on their origin", Depth::Diagnose, |target| diagnostic_checks::redirect(target).boxed()),
            Probe::advisory("unknown_path", "Answers an unknown path with 404", Depth::Diagnose, |target| diagnostic_checks::unknown_path(target).boxed()),
            Probe::advisory("latency", "Five requests stay within the budget", Depth::Diagnose, |target| diagnostic_checks::latency(target).boxed()),
            Probe::advisory("compression", "Offers compression", Depth::Diagnose, |target| diagnostic_checks::compression(target).boxed()),
        ];
        Self(KindDefinition::new("http", "HTTP", "A web service or API: status, certificate, sign-in, and conditions on the answer.", fields(), probes))
    }
}

impl Default for Http {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    let [certificate, key] = encryption::client_fields();
    vec![
        Field::url("url", "URL").required().hint("The address that is requested, such as https://api.example.com/health."),
        Field::choice("method", "Method", &["GET", "HEAD", "POST", "OPTIONS"]),
        Field::choice("auth", "Authentication", &["none", "bearer", "basic", "header", "query", "oauth2"]),
        Field::text("header_name", "Header").required().hint("Its name, such as X-Api-Key.").shown_when("auth", &["header"]),
        Field::secret("header_value", "Value of the header").required().shown_when("auth", &["header"]),
        Field::text("query_name", "Query parameter").required().hint("Its name, such as api_key; it is added to the URL.").shown_when("auth", &["query"]),
        Field::secret("query_value", "Value of the parameter").required().shown_when("auth", &["query"]),
        Field::text("username", "User name").required().shown_when("auth", &["basic"]),
        Field::secret("password", "Password").shown_when("auth", &["basic"]),
        Field::secret("token", "Token").required().hint("Sent as Authorization: Bearer.").shown_when("auth", &["bearer"]),
        Field::url("token_url", "Token URL").required().hint("Where client credentials are exchanged for an access token.").shown_when("auth", &["oauth2"]),
        Field::text("client_id", "Client ID").required().shown_when("auth", &["oauth2"]),
        Field::secret("client_secret", "Client secret").required().shown_when("auth", &["oauth2"]),
        Field::text("scope", "Scope").hint("Leave it empty unless the token server asks for one.").shown_when("auth", &["oauth2"]),
        Field::text("expected_status", "Expected status").default_to("200-299").hint("Statuses and ranges, such as 200,204,300-399."),
        Field::boolean("follow_redirects", "Follow redirects").hint("Up to five, and the last answer is judged. On another origin no credential is sent."),
        Field::list("conditions", "Conditions")
            .hint("One a line: json:$.status == ok, body contains welcome, header:content-type matches ^text/, latency_ms < 500, certificate_days > 20."),
        Field::number("latency_budget_ms", "Latency budget", 1, 60_000)
            .default_to(diagnostic_checks::DEFAULT_BUDGET_MS)
            .hint("Milliseconds that the median of five requests may take; only diagnostics look at it."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign."),
        certificate,
        key,
        Field::boolean("skip_tls_verification", "Accept any certificate").hint("Anyone on the way could then read and change what is sent."),
    ]
}

#[async_trait]
impl ConnectionKind for Http {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        plan::urls_in_use(settings).filter_map(|(_, text)| http_url::parse(text).ok()).map(|url| http_url::origin(&url)).collect()
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        plan::check(settings)
    }

    fn check_credential(&self, settings: &Settings, credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        let unfit = ["token", "header_value"].into_iter().filter(|name| {
            let secret = credential.get(*name).map(|secret| secret.expose_secret().trim());
            secret.is_some_and(|secret| secret.is_empty() || HeaderValue::try_from(secret).is_err())
        });
        let unfit = unfit.map(|name| FieldError::new(format!("credential.{name}"), "Enter one line that a header can carry, without control characters."));
        encryption::check_key(settings, credential).into_iter().chain(unfit).collect()
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        scenarios::heartbeat(target).await
    }
}
