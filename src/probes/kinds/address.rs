//! What every kind with a host and a port shares: its origin, its checks, and the first two scenarios.

use serde_json::Value;

use super::{Cause, Failure, Finding, Origin, Target, encryption};
use crate::{egress::parse_host, system_error};
use domain::{error::FieldError, profile::Settings, settings::text};

/// The host as it will be dialled: in lower case, an address in its usual spelling.
pub fn origin(scheme: &str, settings: &Settings) -> Origin {
    let given = text(settings, "host");
    let host = parse_host(given).map_or_else(|_| given.to_lowercase(), |host| host.to_string());
    let port = settings.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    Origin { scheme: scheme.to_owned(), host, port }
}

/// What is wrong with the host and the certificates.
pub fn check(settings: &Settings) -> Vec<FieldError> {
    let host = parse_host(text(settings, "host")).is_err();
    let host = host.then(|| FieldError::new("settings.host", "Enter a host name or an IP address alone, without a scheme, port or path."));
    host.into_iter().chain(encryption::check(settings)).collect()
}

/// Scenario `resolve`: the name has addresses, and they may be reached.
///
/// # Errors
/// Whatever kept the dialer from an address.
pub async fn resolve(target: &Target) -> Result<Finding, Failure> {
    let addresses = target.egress.resolve(target.environment, target.text("host"), target.port()).await?;
    let shown: Vec<_> = addresses.iter().take(4).map(|address| address.ip().to_string()).collect();
    let more = if addresses.len() > shown.len() { format!(" and {} more", addresses.len() - shown.len()) } else { String::new() };
    Ok(format!("{}{more}", shown.join(", ")).into())
}

/// Scenario `connect`: a TCP connection opens.
///
/// # Errors
/// Whatever kept it from opening.
pub async fn connect(target: &Target) -> Result<Finding, Failure> {
    let stream = target.dial(target.text("host"), target.port()).await?;
    let peer = stream.peer_addr().map_err(|error| Failure::new(Cause::Network, format!("The connection broke: {}.", system_error::words(&error))))?;
    Ok(format!("Connected to {peer}.").into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(host: &str) -> Settings {
        serde_json::from_value(json!({ "host": host, "port": 5432 })).unwrap_or_default()
    }

    #[test]
    fn an_origin_is_the_same_however_the_host_is_spelled() {
        let table = [
            ("DB.Example", "postgres://db.example:5432"),
            ("bücher.example", "postgres://xn--bcher-kva.example:5432"),
            ("127.1", "postgres://127.0.0.1:5432"),
            ("::1", "postgres://[::1]:5432"),
            ("[0:0::1]", "postgres://[::1]:5432"),
        ];
        for (host, expected) in table {
            assert_eq!(origin("postgres", &settings(host)).to_string(), expected);
            assert_eq!(check(&settings(host)), []);
        }
    }

    #[test]
    fn what_is_no_host_is_told_at_its_field() {
        for host in ["", "db:5432", "postgres://db", "user@db", "db/orders", "a b"] {
            let fields: Vec<_> = check(&settings(host)).into_iter().map(|error| error.field).collect();
            assert_eq!(fields, ["settings.host"], "{host:?}");
        }
    }

    #[test]
    fn text_that_is_no_certificate_is_told_at_its_field() {
        let mut settings = settings("db");
        settings.insert("ca_pem".into(), "hello".into());
        let fields: Vec<_> = check(&settings).into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["settings.ca_pem"]);
    }
}
