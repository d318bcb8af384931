//! The HTTP kind at full depth: what a good service shows, which scenario fails for each way of breaking it, and what is kept.

use std::time::Duration;

use probes::kinds::{Cause, Target, http::Http, tcp::Tcp};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    fake_listener,
    probe::{artefact, deep_passes, merged, port_of, run_within, target},
    scripted::{Server, read_request},
    services::services,
};

fn http(url: &str, more: Value, credential: &[(&str, &str)]) -> Target {
    target(&Http::new(), merged(json!({ "url": url, "ca_pem": services().nginx.ca_pem }), more), credential)
}

#[tokio::test]
async fn a_key_in_the_query_is_sent_beside_what_is_there_and_a_wrong_one_is_refused() {
    let service = Server::start(|mut stream| async move {
        let is_known = read_request(&mut stream).await.starts_with("GET /items?q=1&api_key=open%26sesame HTTP/1.1");
        let status = if is_known { "200 OK" } else { "401 Unauthorized" };
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi").as_bytes()).await;
    })
    .await;
    let settings = json!({"auth": "query", "query_name": "api_key"});
    let target = http(&format!("{}items?q=1", service.url()), settings, &[("query_value", "open&sesame")]);
    let found = run_within(Duration::from_secs(10), &Http::new(), "request", &target).await.expect("accepted");
    assert!(found.found.starts_with("200 OK"), "{found:?}");
    let found = run_within(Duration::from_secs(10), &Http::new(), "wrong_credential", &target).await.expect("refused");
    assert_eq!(found.found, "Refused with 401 Unauthorized.");
}

#[tokio::test]
async fn a_good_service_passes_every_scenario_and_leaves_evidence() {
    let nginx = &services().nginx;
    let oauth = json!({"auth": "oauth2", "token_url": format!("{}/token", nginx.tls), "client_id": nginx.client_id});
    let table = [
        ("/large", json!({}), vec![]),
        ("/bearer", json!({"auth": "bearer"}), vec![("token", nginx.bearer_token.as_str())]),
        ("/oauth", oauth, vec![("client_secret", nginx.client_secret.as_str())]),
    ];
    for (path, settings, credential) in table {
        let found = deep_passes(&Http::new(), &http(&format!("{}{path}", nginx.tls), settings, &credential)).await;
        assert!(artefact(&found["request"], "request").starts_with(&format!("GET {path} HTTP/1.1\n")));
        assert!(artefact(&found["request"], "answer").starts_with("HTTP/1.1 200 OK\n"));
        assert_eq!(artefact(&found["request"], "certificate-chain").matches("BEGIN CERTIFICATE").count(), 1);
        assert!(artefact(&found["latency"], "timings").contains("milliseconds"));
        match path {
            "/large" => assert_eq!(found["compression"].found, "Offers gzip."),
            "/bearer" => assert_eq!(found["wrong_credential"].found, "Refused with 401 Unauthorized."),
            _ => assert!(found["wrong_credential"].found.starts_with("Refused. The token server answered 401"), "{found:?}"),
        }
    }
    let upgraded = deep_passes(&Http::new(), &http(&format!("{}/redirect", nginx.plain), json!({"expected_status": "302"}), &[])).await;
    assert_eq!(upgraded["redirect"].found, format!("Leads to {}/health.", nginx.plain));
}

/// Answers any path alike.
async fn careless() -> Server {
    Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await
}

/// Takes its time, and knows one path.
async fn slow() -> Server {
    Server::start(move |mut stream| async move {
        let request = read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        let status = if request.starts_with("GET / ") { "200 OK" } else { "404 Not Found" };
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok").as_bytes()).await;
    })
    .await
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let nginx = &services().nginx;
    let (_held, closed) = fake_listener::closed_port();
    let (careless, slow) = (careless().await, slow().await);
    let plain = |path: &str, settings: Value| http(&format!("{}{path}", nginx.plain), settings, &[]);
    let signed_in = |path: &str, token: &str| http(&format!("{}{path}", nginx.plain), json!({"auth": "bearer"}), &[("token", token)]);
    let oauth = json!({"auth": "oauth2", "token_url": format!("{}/token", nginx.plain), "client_id": nginx.client_id});
    let oauth = http(&format!("{}/oauth", nginx.plain), oauth, &[("client_secret", "wrong")]);
    let ways = vec![
        Breakage::new("unknown host", http("http://nowhere.invalid", json!({}), &[]), ("resolve", Cause::NameNotFound)),
        Breakage::new("closed port", http(&format!("http://127.0.0.1:{closed}"), json!({}), &[]), ("connect", Cause::Refused)),
        Breakage::new("no TLS there", http(&nginx.plain.replace("http:", "https:"), json!({}), &[]), ("tls", Cause::NotTls)),
        Breakage::new("expired certificate", http(&nginx.expired, json!({}), &[]), ("tls", Cause::CertificateExpired)),
        Breakage::new("self-signed certificate", http(&nginx.self_signed, json!({}), &[]), ("tls", Cause::CertificateUntrusted)),
        Breakage::new("certificate of another host", http(&nginx.wrong_host, json!({}), &[]), ("tls", Cause::CertificateWrongHost)),
        Breakage::new("five days left", http(&nginx.ending, json!({}), &[]), ("certificate", Cause::CertificateExpiring)),
        Breakage::new("wrong token", signed_in("/bearer", "wrong-token"), ("sign_in", Cause::AuthRejected)),
        Breakage::new("wrong client secret", oauth, ("sign_in", Cause::TokenRefused)),
        Breakage::new("server error", plain("/status/500", json!({})), ("request", Cause::UnexpectedStatus)),
        Breakage::new("wrong path", plain("/missing", json!({})), ("request", Cause::NotFound)),
        Breakage::new("condition", plain("/health", json!({"conditions": ["json:$.status == down"]})), ("conditions", Cause::ConditionFailed)),
        Breakage::new("any token will do", signed_in("/health", "whatever"), ("wrong_credential", Cause::WrongCredentialAccepted)),
        Breakage::new("leads away", plain("/redirect-away", json!({"expected_status": "302"})), ("redirect", Cause::RedirectLeavesOrigin)),
        Breakage::new("any path will do", http(&careless.url(), json!({}), &[]), ("unknown_path", Cause::UnknownPathAnswered)),
        Breakage::new("slow", http(&slow.url(), json!({"latency_budget_ms": 20}), &[]), ("latency", Cause::TooSlow)),
        Breakage::new("never compresses", plain("/large-plain", json!({})), ("compression", Cause::NotCompressed)),
    ];
    each_breaks_one_and_each_is_broken(Http::new(), ways).await;
}

#[tokio::test]
async fn each_way_of_breaking_tcp_breaks_one_scenario() {
    let nginx = &services().nginx;
    let (_held, closed) = fake_listener::closed_port();
    let banner = Server::start(|mut stream| async move { drop(stream.write_all(b"220 mail\r\n").await) }).await;
    let tcp = |changes: Value| target(&Tcp::new(), merged(json!({"host": "localhost", "port": banner.port(), "ca_pem": nginx.ca_pem}), changes), &[]);
    let encrypted = |url: &str| tcp(json!({"port": port_of(url), "tls": true}));
    let ways = vec![
        Breakage::new("unknown host", tcp(json!({"host": "nowhere.invalid"})), ("resolve", Cause::NameNotFound)),
        Breakage::new("closed port", tcp(json!({"port": closed})), ("connect", Cause::Refused)),
        Breakage::new("no TLS there", encrypted(&nginx.plain), ("tls", Cause::NotTls)),
        Breakage::new("expired certificate", encrypted(&nginx.expired), ("tls", Cause::CertificateExpired)),
        Breakage::new("another greeting", tcp(json!({"expect": "221"})), ("expect", Cause::UnexpectedAnswer)),
        Breakage::new("five days left", encrypted(&nginx.ending), ("certificate", Cause::CertificateExpiring)),
    ];
    each_breaks_one_and_each_is_broken(Tcp::new(), ways).await;
}

#[tokio::test]
async fn what_was_not_asked_of_a_service_has_not_passed() {
    let small = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let compression = run_within(Duration::from_secs(10), &Http::new(), "compression", &http(&small.url(), json!({}), &[])).await.expect("no failure");
    assert!(compression.is_unused && compression.found.contains("2 bytes"), "{compression:?}");
    let silent = Server::start(|mut stream| async move { drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await) }).await;
    let sends = target(&Tcp::new(), json!({ "host": "127.0.0.1", "port": silent.port(), "send": "PING" }), &[]);
    let expect = run_within(Duration::from_secs(10), &Tcp::new(), "expect", &sends).await.expect("no failure");
    assert!(expect.is_unused && expect.found.contains("4 bytes were sent"), "{expect:?}");
}

#[tokio::test]
async fn tcp_looks_at_the_expiry_of_the_certificate_too() {
    let nginx = &services().nginx;
    let settings = json!({"host": "localhost", "port": port_of(&nginx.tls), "tls": true, "ca_pem": nginx.ca_pem});
    let found = deep_passes(&Tcp::new(), &target(&Tcp::new(), settings, &[])).await;
    assert!(found["certificate"].found.contains("days left, until 20"), "{found:?}");
    assert!(artefact(&found["tls"], "certificate-chain").contains("BEGIN CERTIFICATE"));
}
