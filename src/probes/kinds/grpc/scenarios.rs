//! What is asked of a gRPC server: each scenario over a connection of its own, a heartbeat over one.

use tonic_health::pb::health_check_response::ServingStatus;
use url::Url;

use super::health::{Client, Health};
use crate::kinds::{Cause, Failure, Finding, Target};

/// The server and the service that is named, over one connection.
pub async fn heartbeat(target: &Target, url: &Url) -> Result<(), Failure> {
    let mut client = Client::connect(target, url).await?;
    of_server(target, &mut client).await?;
    match named(target) {
        Some(service) => of_service(&mut client, service).await.map(drop).map_err(|failure| failure.of("service")),
        None => Ok(()),
    }
}

pub async fn health(target: &Target, url: &Url) -> Result<Finding, Failure> {
    of_server(target, &mut Client::connect(target, url).await?).await
}

pub async fn service(target: &Target, url: &Url) -> Result<Finding, Failure> {
    match named(target) {
        Some(service) => of_service(&mut Client::connect(target, url).await?, service).await,
        None => Ok(Finding::not_used("no service is named.")),
    }
}

fn named(target: &Target) -> Option<&str> {
    Some(target.text("service").trim()).filter(|service| !service.is_empty())
}

async fn of_server(target: &Target, client: &mut Client<'_>) -> Result<Finding, Failure> {
    match client.check("").await? {
        Some(health) => judge("The server", health),
        // Some know of their services alone.
        None if named(target).is_some() => Ok(Finding::not_used("the server says nothing about itself (NOT_FOUND), only about its services.")),
        None => Err(Failure::new(Cause::ServiceUnknown, "The server says nothing about itself (NOT_FOUND).")),
    }
}

async fn of_service(client: &mut Client<'_>, service: &str) -> Result<Finding, Failure> {
    match client.check(service).await? {
        Some(health) => judge(service, health),
        None => Err(Failure::new(Cause::ServiceUnknown, format!("The server does not know {service} (NOT_FOUND)."))),
    }
}

fn judge(what: &str, Health { serving, latency, evidence }: Health) -> Result<Finding, Failure> {
    match serving {
        ServingStatus::Serving => Ok(Finding::from(format!("{what} serves; answered in {} ms.", latency.as_millis())).with(evidence)),
        ServingStatus::ServiceUnknown => Err(Failure::new(Cause::ServiceUnknown, format!("{what} is not known.")).with(evidence)),
        other => Err(Failure::new(Cause::NotServing, format!("{what} is {}.", other.as_str_name())).with(evidence)),
    }
}

pub async fn unknown_service(target: &Target, url: &Url) -> Result<Finding, Failure> {
    let made_up = format!("switchboard.diagnostics.v1.S{}", uuid::Uuid::new_v4().simple());
    match Client::connect(target, url).await?.check(&made_up).await? {
        None => Ok("Refused with NOT_FOUND.".into()),
        Some(Health { serving: ServingStatus::ServiceUnknown, evidence, .. }) => Ok(Finding::from("Answered SERVICE_UNKNOWN.").with(evidence)),
        Some(Health { serving, evidence, .. }) => {
            Err(Failure::new(Cause::UnknownServiceAnswered, format!("Answered {} for a service made up on the spot.", serving.as_str_name())).with(evidence))
        }
    }
}
