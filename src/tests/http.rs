//! The HTTP kind, and TCP with TLS, against a real nginx.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::environment::Environment;
use probes::{
    kinds::{Cause, ConnectionKind, Failure, Target, http::Http, tcp::Tcp},
    tls::{TlsPolicy, handshake},
};
use serde_json::{Value, json};

use crate::{
    probe::{failures, passes, target, verify},
    services::{NginxService, services},
};

fn nginx() -> &'static NginxService {
    &services().nginx
}

fn http(url: &str, more: Value, credential: &[(&str, &str)]) -> Target {
    let mut settings = json!({ "url": url, "ca_pem": nginx().ca_pem });
    settings.as_object_mut().expect("object").extend(more.as_object().cloned().unwrap_or_default());
    target(&Http::new(), settings, credential)
}

async fn fails(url: &str, more: Value, credential: &[(&str, &str)]) -> Vec<(&'static str, Cause)> {
    failures(&Http::new(), &http(url, more, credential)).await
}

#[tokio::test]
async fn a_healthy_service_passes_every_step() {
    let conditions = [
        "status == 200",
        "json:$.status == ok",
        "json:$.version matches ^1\\.2",
        "body contains version",
        "header:content-type contains json",
        "latency_ms < 5000",
        "certificate_days > 3",
    ];
    let found = passes(&Http::new(), &http(&format!("{}/health", nginx().tls), json!({ "conditions": conditions }), &[])).await;
    assert!(found["resolve"].contains("127.0.0.1"), "{found:?}");
    assert!(found["tls"].contains("; certificate of good by Switchboard test authority"), "{found:?}");
    assert!(found["certificate"].contains("days left"), "{found:?}");
    assert!(found["request"].starts_with("200 OK in "), "{found:?}");
    assert_eq!(found["conditions"], "7 conditions hold.");

    let plain = passes(&Http::new(), &http(&format!("{}/health", nginx().plain), json!({}), &[])).await;
    assert!(plain["tls"].starts_with("Not used") && plain["certificate"].starts_with("Not used"), "{plain:?}");
}

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_own_cause_at_the_tls_step() {
    let nginx = nginx();
    let table =
        [(&nginx.expired, Cause::CertificateExpired), (&nginx.self_signed, Cause::CertificateUntrusted), (&nginx.wrong_host, Cause::CertificateWrongHost)];
    for (url, cause) in table {
        assert_eq!(fails(url, json!({}), &[]).await, [("tls", cause)], "{url}");
        let skipped = verify(&Http::new(), &http(url, json!({"skip_tls_verification": true}), &[])).await;
        let (_, tls) = skipped.iter().find(|(scenario, _)| *scenario == "tls").expect("step");
        assert!(tls.as_ref().is_ok_and(|found| found.contains("not verified")), "{url}: {tls:?}");
        assert!(skipped.iter().all(|(scenario, outcome)| outcome.is_ok() || *scenario == "certificate"), "{url}: {skipped:?}");
    }
    let self_signed = verify(&Http::new(), &http(&nginx.self_signed, json!({}), &[])).await.pop().expect("step").1.expect_err("nobody vouches for it");
    assert!(self_signed.found.starts_with("The certificate is self-signed: "), "{self_signed:?}");
    assert_eq!(fails(&nginx.tls, json!({"ca_pem": ""}), &[]).await, [("tls", Cause::CertificateUntrusted)]);
    assert_eq!(fails(&nginx.cn_only, json!({}), &[]).await, [("tls", Cause::CertificateNamesNoHost)]);
    assert_eq!(fails(&nginx.version_1, json!({}), &[]).await, [("tls", Cause::CertificateOutdated)]);
    let address = verify(&Http::new(), &http(&nginx.wrong_address, json!({}), &[])).await.pop().expect("step").1.expect_err("wrong host");
    assert_eq!(address.found, "The certificate is for 192.0.2.1.");
    let expired = verify(&Http::new(), &http(&nginx.expired, json!({}), &[])).await.pop().expect("step").1.expect_err("expired");
    assert_eq!(expired.found, "The certificate expired on 2020-04-01.");
    let chain = verify(&Http::new(), &http(&nginx.expired_chain, json!({}), &[])).await.pop().expect("step").1.expect_err("an expired chain");
    assert_eq!((chain.cause, chain.found.as_str()), (Cause::ChainExpired, "A certificate that the server sends beside its own expired on 2020-04-01."));
    let wrong = verify(&Http::new(), &http(&nginx.wrong_host, json!({}), &[])).await.pop().expect("step").1.expect_err("wrong host");
    assert_eq!(wrong.found, "The certificate is for wrong.example.");
}

#[tokio::test]
async fn an_expired_certificate_warns_where_it_is_not_checked() {
    assert_eq!(fails(&nginx().expired, json!({"skip_tls_verification": true}), &[]).await, [("certificate", Cause::CertificateExpiring)]);
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_once_it_was_pasted() {
    let url = &nginx().self_signed;
    let anything = http(url, json!({"skip_tls_verification": true}), &[]);
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("port");
    let stream = anything.egress.dial(Environment::Development, "localhost", port).await.expect("connection");
    let stream = handshake(stream, "localhost", &TlsPolicy { skip_verification: true, ..TlsPolicy::default() }).await.expect("TLS");
    let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).expect("certificate");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(leaf));
    passes(&Http::new(), &http(url, json!({ "ca_pem": pem }), &[])).await;
    // It vouches for itself alone.
    assert_eq!(fails(&nginx().tls, json!({ "ca_pem": pem }), &[]).await, [("tls", Cause::CertificateUntrusted)]);
}

#[tokio::test]
async fn every_way_to_sign_in_works_and_a_wrong_secret_is_refused_at_its_step() {
    let nginx = nginx();
    let oauth = json!({"auth": "oauth2", "token_url": format!("{}/token", nginx.tls), "client_id": nginx.client_id});
    let table = [
        ("/bearer", json!({"auth": "bearer"}), "token", &nginx.bearer_token, Cause::AuthRejected),
        ("/basic", json!({"auth": "basic", "username": nginx.basic_user}), "password", &nginx.basic_password, Cause::AuthRejected),
        ("/header", json!({"auth": "header", "header_name": "X-Api-Key"}), "header_value", &nginx.api_key, Cause::AuthRejected),
        ("/oauth", oauth, "client_secret", &nginx.client_secret, Cause::TokenRefused),
    ];
    for base in [&nginx.tls, &nginx.plain] {
        for (path, settings, name, secret, cause) in &table {
            let url = format!("{base}{path}");
            let found = passes(&Http::new(), &http(&url, settings.clone(), &[(name, secret)])).await;
            assert_eq!(found["sign_in"], "Not refused: 200 OK.", "{url}");
            assert_eq!(fails(&url, settings.clone(), &[(name, "wrong")]).await, [("sign_in", *cause)], "{url}");
            let heartbeat = Http::new().run("request", &http(&url, settings.clone(), &[(name, "wrong")])).await;
            assert_eq!(heartbeat.expect_err("refused").cause, *cause, "{url}");
        }
        assert_eq!(fails(&format!("{base}/bearer"), json!({}), &[]).await, [("request", Cause::UnexpectedStatus)]);
    }
}

#[tokio::test]
async fn a_refused_token_says_what_the_token_server_said() {
    let nginx = nginx();
    let settings = |path: &str| json!({"auth": "oauth2", "token_url": format!("{}{path}", nginx.plain), "client_id": nginx.client_id});
    let found = async |path: &str| Http::new().run("sign_in", &http(&nginx.plain, settings(path), &[("client_secret", "wrong")])).await.expect_err("refused");
    assert_eq!(found("/token").await, Failure::new(Cause::TokenRefused, "The token server answered 401 Unauthorized: invalid_client."));
    assert_eq!(found("/nowhere").await, Failure::new(Cause::TokenRefused, "The token server answered 404 Not Found."));
    assert_eq!(found("/health").await.found, "The token server answered 200 OK, but without an access_token.");
}

#[tokio::test]
async fn a_secret_that_no_header_can_carry_is_not_shown() {
    let failure = Http::new().run("sign_in", &http(&nginx().plain, json!({"auth": "bearer"}), &[("token", "a\r\nX: b")])).await.expect_err("cannot be sent");
    assert_eq!(failure.cause, Cause::ConfigurationInvalid);
    assert!(!failure.found.contains("X:"), "{failure:?}");
}

#[tokio::test]
async fn the_status_decides() {
    let nginx = nginx();
    let at = |path: &str| format!("{}{path}", nginx.plain);
    assert_eq!(fails(&at("/status/500"), json!({}), &[]).await, [("request", Cause::UnexpectedStatus)]);
    assert_eq!(fails(&at("/missing"), json!({}), &[]).await, [("request", Cause::NotFound)]);
    assert_eq!(fails(&at("/redirect"), json!({}), &[]).await, [("request", Cause::UnexpectedStatus)]);
    passes(&Http::new(), &http(&at("/redirect"), json!({"expected_status": "300-399"}), &[])).await;
    passes(&Http::new(), &http(&at("/status/500"), json!({"expected_status": "200,500"}), &[])).await;
    passes(&Http::new(), &http(&at("/health"), json!({"method": "HEAD"}), &[])).await;
    let away = Http::new().run("request", &http(&at("/redirect-away"), json!({}), &[])).await.expect_err("a redirect");
    assert_eq!(away.found, format!("Expected 200-299, got 302 Found, which leads to {}/health.", nginx.tls));
}

#[tokio::test]
async fn a_failed_condition_shows_the_value_found() {
    let url = format!("{}/health", nginx().plain);
    let steps = verify(&Http::new(), &http(&url, json!({"conditions": ["status == 200", "json:$.status == down"]}), &[])).await;
    let (scenario, outcome) = steps.last().expect("steps");
    let failure = outcome.as_ref().expect_err("the condition fails");
    assert_eq!((*scenario, failure.cause, failure.found.as_str()), ("conditions", Cause::ConditionFailed, "json:$.status == down: found \"ok\"."));
}

#[tokio::test]
async fn tcp_puts_tls_over_its_connection_and_talks() {
    let nginx = nginx();
    let port = |url: &str| url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).expect("port");
    let given = |url: &str, ca_pem: &str| {
        let settings = json!({"host": "localhost", "port": port(url), "tls": true, "ca_pem": ca_pem,
            "send": r"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "expect": "200 OK"});
        target(&Tcp::new(), settings, &[])
    };
    let found = passes(&Tcp::new(), &given(&nginx.tls, &nginx.ca_pem)).await;
    assert!(found["tls"].starts_with("TLS 1.") && found["expect"].contains("200 OK"), "{found:?}");
    assert_eq!(failures(&Tcp::new(), &given(&nginx.tls, "")).await, [("tls", Cause::CertificateUntrusted)]);
    assert_eq!(failures(&Tcp::new(), &given(&nginx.expired, &nginx.ca_pem)).await, [("tls", Cause::CertificateExpired)]);
    assert_eq!(failures(&Tcp::new(), &given(&nginx.plain, &nginx.ca_pem)).await, [("tls", Cause::NotTls)]);
}
