//! Whether the addresses that a person types may be reached, before anything is stored.

use std::time::Duration;

use domain::{
    environment::Environment,
    error::FieldError,
    kind::{Field, FieldType},
    profile::Settings,
};
use serde_json::Value;
use tokio::time::timeout;

use super::{Failure, http::http_url};
use crate::egress::{DialError, Egress};

/// A name that takes longer is not told of: the test of the connection will.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the rules of egress have against the addresses among `settings`, each under its field, with the way to allow it.
pub async fn denied(egress: &Egress, environment: Environment, fields: &[Field], settings: &Settings) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for field in fields {
        let Some((host, port)) = address(field, settings) else { continue };
        if let Ok(Err(error @ DialError::Denied { .. })) = timeout(PATIENCE, egress.resolve(environment, &host, port)).await {
            let failure = Failure::from(error);
            errors.push(FieldError::new(field.place(), format!("{} {}", failure.found, failure.cause.text().remediation)));
        }
    }
    errors
}

/// Where the field leads, if it is one that leads anywhere.
fn address(field: &Field, settings: &Settings) -> Option<(String, u16)> {
    let text = settings.get(&*field.name)?.as_str().filter(|text| !text.is_empty())?;
    match (field.kind, &*field.name) {
        (FieldType::Url, _) => http_url::parse(text).ok().map(|url| (http_url::host(&url).to_owned(), http_url::port(&url))),
        (_, "host") => {
            let port = settings.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
            Some((text.to_owned(), port.unwrap_or_default()))
        }
        _ => None,
    }
}
