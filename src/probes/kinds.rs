//! What every kind of service can do, and the list of them.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::net::TcpStream;

use super::egress::{DialError, Egress};
use domain::{
    correlation_id::CorrelationId,
    environment::Environment,
    error::FieldError,
    kind::{Depth, KindDescriptor, KindId},
    profile::Settings,
    settings::text,
    verification::{NOT_TRIED, NOT_USED},
};

mod address;
mod definition;
pub mod dns;
pub mod egress_check;
mod encryption;
pub mod evidence;
pub mod failure;
pub mod grpc;
pub mod http;
mod limited_stream;
mod origin;
pub mod postgres;
pub mod redis;
pub mod s3;
mod sign_in_advice;
mod site;
pub mod smtp;
mod so_far;
pub mod supabase;
pub mod tcp;

pub use definition::{KindDefinition, Probe};
pub use evidence::Artefact;
pub use failure::{Cause, CauseText, Failure};
pub use origin::{HostKey, Origin};
pub use sign_in_advice::sign_in_advice;
pub use so_far::SoFar;

/// Speaks one protocol. Everything else in the product sees only the descriptor.
#[async_trait]
pub trait ConnectionKind: Send + Sync {
    /// Its words, its fields, its scenarios.
    fn definition(&self) -> &KindDefinition;

    fn descriptor(&self) -> &KindDescriptor {
        self.definition().descriptor()
    }

    /// Everything that a credential is sent to, the service itself first. The settings have passed the descriptor's checks.
    fn origins(&self, settings: &Settings) -> Vec<Origin>;

    /// All of [`ConnectionKind::origins`] as the text that a stored credential is sealed to.
    fn sealed_to(&self, settings: &Settings) -> String {
        self.origins(settings).iter().map(Origin::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The service itself; what limits go by.
    fn host(&self, settings: &Settings) -> HostKey {
        self.origins(settings).into_iter().next().map(HostKey::from).unwrap_or_default()
    }

    /// What is wrong with settings that pass the descriptor's own checks: URLs, conditions, certificates.
    fn check(&self, _settings: &Settings) -> Vec<FieldError> {
        Vec::new()
    }

    /// What is wrong with secrets, given the settings they are used with: keys that cannot be read, or that do not fit.
    fn check_credential(&self, _settings: &Settings, _credential: &BTreeMap<String, SecretString>) -> Vec<FieldError> {
        Vec::new()
    }

    /// Runs one scenario of the descriptor against the real service. The runner sets the deadline and drops the future at its end.
    ///
    /// # Errors
    /// A [`Failure`] says what was found and which [`Cause`] it has. It never contains a secret on purpose; the runner redacts besides.
    async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        self.definition().run(scenario, target).await
    }

    /// One heartbeat. It fails for whatever makes verification fail, in as few requests as the protocol allows: what was verified
    /// is what is watched. For a kind whose scenario of [`Depth::Heartbeat`] asks all of that, it is that scenario.
    ///
    /// # Errors
    /// As [`ConnectionKind::run`]; the failure names its scenario where that is another one.
    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        match self.descriptor().scenarios_to(Depth::Heartbeat).next() {
            Some(scenario) => self.run(scenario.id, target).await.map(drop),
            None => Err(Failure::new(Cause::ConfigurationInvalid, "This kind has no heartbeat.")),
        }
    }
}

/// What a passing scenario saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// One line for the person: `PostgreSQL 15.18`, `200 OK in 12 ms`.
    pub found: String,
    pub evidence: Vec<Artefact>,
    pub measured: Vec<Measured>,
    /// The settings left it nothing to try.
    pub is_unused: bool,
}

/// A number that a scenario took, by the name of its signal: `connections_used`.
pub type Measured = (&'static str, f64);

impl Finding {
    /// Of something that the settings do without: `TLS is off.`
    pub fn not_used(why: &str) -> Self {
        Self { is_unused: true, ..format!("{NOT_USED}{why}").into() }
    }

    /// Of something that the settings do not say enough for: `the recipient is not set.`
    pub fn not_tried(why: &str) -> Self {
        Self { is_unused: true, ..format!("{NOT_TRIED}{why}").into() }
    }

    /// Keeps one more artefact.
    #[must_use]
    pub fn with(mut self, artefact: Artefact) -> Self {
        self.evidence.push(artefact);
        self
    }

    /// Keeps these artefacts too.
    #[must_use]
    pub fn with_all(mut self, artefacts: impl IntoIterator<Item = Artefact>) -> Self {
        self.evidence.extend(artefacts);
        self
    }

    /// Tells these numbers too.
    #[must_use]
    pub fn measuring(mut self, measured: impl IntoIterator<Item = Measured>) -> Self {
        self.measured.extend(measured);
        self
    }
}

impl<T: Into<String>> From<T> for Finding {
    fn from(found: T) -> Self {
        Self { found: found.into(), evidence: Vec::new(), measured: Vec::new(), is_unused: false }
    }
}

/// A service to be tried, with its secrets opened. Not serialisable, and silent in logs. Clones share settings and secrets.
#[derive(Clone)]
pub struct Target {
    pub settings: Arc<Settings>,
    pub credential: Arc<BTreeMap<String, SecretString>>,
    pub environment: Environment,
    pub egress: Egress,
    /// Passed on to the service as `traceparent` and `X-Correlation-Id` where its protocol has room.
    pub correlation_id: CorrelationId,
    /// Whether anyone will keep evidence; a heartbeat's is not even put together.
    pub keeps_evidence: bool,
    pub memory: Memory,
    pub so_far: SoFar,
}

/// What a kind works out once for one target in one version, such as an access token. Clones share it; it goes with the last.
#[derive(Clone, Default)]
pub struct Memory(Arc<OnceLock<Box<dyn Any + Send + Sync>>>);

impl Memory {
    /// The one `T` of this target.
    ///
    /// Each kind keeps one type, so none means that another kind was here before.
    pub fn of<T: Any + Default + Send + Sync>(&self) -> Option<&T> {
        self.0.get_or_init(|| Box::new(T::default())).downcast_ref()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Target {
    /// A service that the console itself works with: without settings, and nobody keeps evidence of it.
    pub fn of_the_console(egress: Egress, environment: Environment, correlation_id: CorrelationId) -> Self {
        Self {
            settings: Arc::default(),
            credential: Arc::default(),
            environment,
            egress,
            correlation_id,
            keeps_evidence: false,
            memory: Memory::default(),
            so_far: SoFar::default(),
        }
    }

    /// A text setting, or the empty text.
    pub fn text(&self, name: &str) -> &str {
        text(&self.settings, name)
    }

    /// A number setting, or zero.
    pub fn number(&self, name: &str) -> i64 {
        self.settings.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// The `port` setting, or zero.
    pub fn port(&self) -> u16 {
        u16::try_from(self.number("port")).unwrap_or_default()
    }

    /// A boolean setting; absent means false.
    pub fn flag(&self, name: &str) -> bool {
        self.settings.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A list setting; absent means empty.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.settings.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    pub fn secret(&self, name: &str) -> Option<&str> {
        self.credential.get(name).map(SecretString::expose_secret)
    }

    /// Opens a connection through the one dialer.
    ///
    /// # Errors
    /// Whatever kept it from opening.
    pub async fn dial(&self, host: &str, port: u16) -> Result<TcpStream, DialError> {
        let stream = self.egress.dial(self.environment, host, port).await?;
        self.so_far.connected_to(host, port);
        Ok(stream)
    }
}

/// The kinds this console knows, in the order a person chooses from.
#[derive(Clone)]
pub struct Kinds(Arc<[Arc<dyn ConnectionKind>]>);

impl Kinds {
    pub fn new(kinds: impl IntoIterator<Item = Arc<dyn ConnectionKind>>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// Every kind of the product. A new one is one file and one line here.
    pub fn all() -> Self {
        Self::new([
            Arc::new(http::Http::new()) as Arc<dyn ConnectionKind>,
            Arc::new(postgres::Postgres::new()),
            Arc::new(redis::Redis::new()),
            Arc::new(s3::S3::new()),
            Arc::new(smtp::Smtp::new()),
            Arc::new(supabase::Supabase::new()),
            Arc::new(dns::Dns::new()),
            Arc::new(grpc::Grpc::new()),
            Arc::new(tcp::Tcp::new()),
        ])
    }

    pub fn get(&self, id: &KindId) -> Option<Arc<dyn ConnectionKind>> {
        self.0.iter().find(|kind| kind.descriptor().id == id.as_str()).map(Arc::clone)
    }

    pub fn iter(&self) -> impl Iterator<Item = &dyn ConnectionKind> {
        self.0.iter().map(AsRef::as_ref)
    }
}
