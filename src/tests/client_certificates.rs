//! Services that ask who we are: nginx, PostgreSQL, Redis and a gRPC server, each with a good certificate, with none, and with a stranger's.

use std::fs;

use domain::profile::Settings;
use probes::kinds::{Cause, ConnectionKind, Kinds, Target, http::Http};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    grpc,
    probe::{self, failures, merged, passes},
    services::{NginxService, services},
};

fn nginx() -> &'static NginxService {
    &services().nginx
}

fn read(path: &str) -> String {
    fs::read_to_string(path).expect("a file of the test services")
}

/// Every kind that can show a certificate, at a service that asks for one.
struct Asking {
    kind: &'static str,
    settings: Value,
    secrets: Vec<(&'static str, String)>,
    /// The scenario that fails without a certificate, and why.
    without: (&'static str, Cause),
    /// The same with that of a stranger.
    stranger: (&'static str, Cause),
}

async fn services_that_ask() -> Vec<Asking> {
    let (postgres, redis) = (&services().postgres, &services().redis_asking);
    let http = Asking {
        kind: "http",
        settings: json!({ "url": nginx().asking }),
        secrets: Vec::new(),
        without: ("request", Cause::ClientCertificateMissing),
        stranger: ("request", Cause::ClientCertificateRefused),
    };
    let postgres = Asking {
        kind: "postgres",
        settings: json!({ "host": postgres.host, "port": postgres.port, "database": "postgres", "user": "shown", "tls": "verify-full" }),
        secrets: vec![("password", postgres.password.clone())],
        without: ("sign_in", Cause::ClientCertificateMissing),
        stranger: ("sign_in", Cause::ClientCertificateRefused),
    };
    let redis = Asking {
        kind: "redis",
        settings: json!({ "host": redis.host, "port": redis.port, "tls": true }),
        secrets: vec![("password", redis.password.clone())],
        without: ("sign_in", Cause::ClientCertificateMissing),
        stranger: ("sign_in", Cause::ClientCertificateRefused),
    };
    let grpc = Asking {
        kind: "grpc",
        settings: json!({ "url": format!("https://localhost:{}", grpc::asking().await), "service": "shop.v1.Orders" }),
        secrets: vec![("token", grpc::TOKEN.to_owned())],
        without: ("health", Cause::ClientCertificateMissing),
        stranger: ("health", Cause::ClientCertificateRefused),
    };
    vec![http, postgres, redis, grpc]
}

fn target(kind: &dyn ConnectionKind, asking: &Asking, certificate: &str, key: &str) -> Target {
    let settings = merged(asking.settings.clone(), json!({ "ca_pem": nginx().ca_pem, "client_certificate": certificate }));
    let mut secrets: Vec<_> = asking.secrets.iter().map(|(name, secret)| (*name, secret.as_str())).collect();
    if !key.is_empty() {
        secrets.push(("client_key", key));
    }
    probe::target(kind, settings, &secrets)
}

#[tokio::test]
async fn who_shows_a_certificate_gets_in_and_nobody_else_does() {
    let kinds = Kinds::all();
    let (good, key) = (read(&nginx().client_file), read(&nginx().client_key_file));
    let (stranger, strangers_key) = (read(&nginx().stranger_file), read(&nginx().stranger_key_file));
    for asking in services_that_ask().await {
        let kind = kinds.get(&asking.kind.parse().expect("a kind")).expect("a kind of the product");
        let kind = kind.as_ref();
        // As a password field hands it over: without its line breaks.
        let pasted = key.replace('\n', "");
        passes(kind, &target(kind, &asking, &good, &pasted)).await;
        assert_eq!(failures(kind, &target(kind, &asking, "", "")).await, [asking.without], "{} without", asking.kind);
        assert_eq!(failures(kind, &target(kind, &asking, &stranger, &strangers_key)).await, [asking.stranger], "{} as a stranger", asking.kind);
    }
}

#[tokio::test]
async fn a_made_up_credential_is_tried_over_the_same_connection() {
    let (certificate, key) = (read(&nginx().client_file), read(&nginx().client_key_file));
    let settings = json!({ "url": format!("{}/bearer", nginx().asking), "ca_pem": nginx().ca_pem, "auth": "bearer", "client_certificate": certificate });
    let target = probe::target(&Http::new(), settings, &[("token", "any"), ("client_key", &key)]);
    let outcome = probe::run_within(probe::DEADLINE, &Http::new(), "wrong_credential", &target).await;
    assert_eq!(outcome.expect("404 is no entry").found, "Refused with 404 Not Found.");
}

#[test]
fn a_pair_that_does_not_fit_is_refused_when_it_is_saved() {
    let (good, key, other) = (read(&nginx().client_file), read(&nginx().client_key_file), read(&nginx().stranger_key_file));
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nYWJj\n-----END ENCRYPTED PRIVATE KEY-----";
    let asking: Vec<_> = Kinds::all().iter().filter(|kind| kind.descriptor().field("client_key").is_some()).map(|kind| kind.descriptor().id).collect();
    assert_eq!(asking, ["http", "postgres", "redis", "grpc"]);
    for kind in Kinds::all().iter().filter(|kind| kind.descriptor().field("client_key").is_some()) {
        let wrong = |certificate: &str, key: &str| {
            let settings: Settings =
                serde_json::from_value(json!({ "url": "https://a.test", "host": "a.test", "client_certificate": certificate })).expect("settings");
            let errors =
                kind.check(&settings).into_iter().chain(kind.check_credential(&settings, &[("client_key".to_owned(), SecretString::from(key))].into()));
            errors.map(|error| (error.field, error.message)).filter(|(field, _)| field.contains("client")).collect::<Vec<_>>()
        };
        assert_eq!(wrong(&good, &key), [], "{}", kind.descriptor().id);
        for (certificate, key, field, words) in [
            ("nonsense", key.as_str(), "settings.client_certificate", "-----BEGIN CERTIFICATE-----"),
            (key.as_str(), key.as_str(), "settings.client_certificate", "private key"),
            (good.as_str(), "nonsense", "credential.client_key", "-----BEGIN PRIVATE KEY-----"),
            (good.as_str(), encrypted, "credential.client_key", "passphrase"),
            (good.as_str(), other.as_str(), "credential.client_key", "does not belong"),
        ] {
            let told = wrong(certificate, key);
            let [(at, message)] = &told[..] else { panic!("{told:?}") };
            assert!(at == field && message.contains(words) && message.ends_with('.'), "{told:?}");
        }
    }
}
