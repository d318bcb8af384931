//! What is asked of a gRPC server, each question over a connection of its own.

use tonic_health::pb::health_check_response::ServingStatus;
use url::Url;

use super::health::{Health, check};
use crate::kinds::{Cause, Failure, Finding, Target};

pub async fn health(target: &Target, url: &Url) -> Result<Finding, Failure> {
    match check(target, url, "").await? {
        Some(health) => judge("The server", health),
        None => Err(Failure::new(Cause::ServiceUnknown, "The server says nothing about itself (NotFound).")),
    }
}

pub async fn service(target: &Target, url: &Url) -> Result<Finding, Failure> {
    let service = target.text("service").trim();
    if service.is_empty() {
        return Ok("Not used: no service is named.".into());
    }
    match check(target, url, service).await? {
        Some(health) => judge(service, health),
        None => Err(Failure::new(Cause::ServiceUnknown, format!("The server does not know {service} (NotFound)."))),
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
    match check(target, url, &made_up).await? {
        None => Ok("Refused with NotFound.".into()),
        Some(Health { serving: ServingStatus::ServiceUnknown, evidence, .. }) => Ok(Finding::from("Answered SERVICE_UNKNOWN.").with(evidence)),
        Some(Health { serving, evidence, .. }) => {
            Err(Failure::new(Cause::UnknownServiceAnswered, format!("Answered {} for a service made up on the spot.", serving.as_str_name())).with(evidence))
        }
    }
}
