//! A kind that only tests have: all that adding one takes is a file like this, and a line in a list.

use async_trait::async_trait;
use domain::{
    kind::{Depth, Field},
    profile::Settings,
};
use futures_util::FutureExt;
use probes::kinds::{ConnectionKind, Failure, Finding, KindDefinition, Origin, Probe, Target};

/// Passes wherever a connection opens.
pub struct FixtureKind(KindDefinition);

impl FixtureKind {
    pub fn new() -> Self {
        let fields = vec![Field::text("host", "Host").required(), Field::port(4000), Field::secret("password", "Password")];
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| resolve(target).boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Heartbeat, |target| connect(target).boxed()),
        ];
        Self(KindDefinition::new("fixture_kind", "FixtureKind", "Anything that accepts a connection.", fields, probes))
    }
}

#[async_trait]
impl ConnectionKind for FixtureKind {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        let port = settings["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        vec![Origin { scheme: "fixture".to_owned(), host: settings["host"].as_str().unwrap_or_default().to_owned(), port }]
    }
}

async fn resolve(target: &Target) -> Result<Finding, Failure> {
    Ok(format!("{:?}", target.egress.resolve(target.environment, target.text("host"), target.port()).await?).into())
}

async fn connect(target: &Target) -> Result<Finding, Failure> {
    Ok(format!("Connected from {:?}.", target.dial(target.text("host"), target.port()).await?.local_addr()).into())
}
