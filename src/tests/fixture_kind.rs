//! A kind that only tests have: all that adding one takes is a file like this, and a line in a list.

use async_trait::async_trait;
use domain::{
    kind::{Depth, Field, KindDescriptor, Scenario},
    profile::Settings,
};
use probes::kinds::{Cause, ConnectionKind, Failure, Finding, Target};

/// Passes wherever a connection opens.
pub struct Toy(KindDescriptor);

impl Toy {
    pub fn new() -> Self {
        Self(KindDescriptor {
            id: "fixture_kind",
            title: "Toy",
            summary: "Anything that accepts a connection.",
            fields: vec![Field::text("host", "Host").required(), Field::port(4000), Field::secret("password", "Password")],
            scenarios: vec![
                Scenario::blocking("resolve", "Host name resolves", Depth::Verify),
                Scenario::blocking("connect", "Accepts a connection", Depth::Heartbeat),
            ],
        })
    }
}

#[async_trait]
impl ConnectionKind for Toy {
    fn descriptor(&self) -> &KindDescriptor {
        &self.0
    }

    fn origin(&self, settings: &Settings) -> String {
        format!("fixture://{}:{}", settings["host"].as_str().unwrap_or_default(), settings["port"])
    }

    async fn run(&self, scenario: &str, target: &Target) -> Result<Finding, Failure> {
        let (host, port) = (target.text("host"), target.port());
        match scenario {
            "resolve" => Ok(format!("{:?}", target.egress.resolve(target.environment, host, port).await?).into()),
            "connect" => Ok(format!("Connected from {:?}.", target.dial(host, port).await?.local_addr()).into()),
            unknown => Err(Failure::new(Cause::UnexpectedAnswer, format!("There is no scenario {unknown}."))),
        }
    }
}
