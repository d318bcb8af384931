//! The kind `s3` against moto, an S3-compatible server: one that checks signatures and rights, one that knows public objects.

use hyper::StatusCode;
use probes::{
    kinds::{Cause, ConnectionKind, Target, s3::S3},
    runner,
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    fake_listener,
    probe::{self, artefact, deep_failures, deep_passes, failures, merged, port_of},
    scripted::{Server, read_request},
    services::{S3Key, S3Service, services},
};

fn service() -> &'static S3Service {
    &services().s3
}

fn target(changes: Value, key: (&str, &str)) -> Target {
    let good = json!({ "endpoint": service().endpoint, "region": service().region, "bucket": service().bucket, "prefix": "probes/é x/" });
    probe::target(&S3::new(), merged(good, changes), &[("access_key_id", key.0), ("secret_access_key", key.1)])
}

fn with(key: &'static S3Key, changes: Value) -> Target {
    target(changes, (&key.access_key_id, &key.secret_access_key))
}

#[tokio::test]
async fn a_good_bucket_passes_every_scenario_and_keeps_nothing() {
    let found = deep_passes(&S3::new(), &with(&service().writer, json!({}))).await;
    assert_eq!(found["sign_in"].found, "The key is accepted.");
    assert!(found["region"].is_unused, "{:?}", found["region"]);
    assert_eq!(found["round_trip"].found, "Wrote 4096 bytes, read the same back, and deleted them.");
    assert_eq!(found["public_read"].found, format!("Refused with {}.", StatusCode::FORBIDDEN));
    assert!(artefact(&found["round_trip"], "round-trip").contains("sha256_written"));
    let request = artefact(&found["sign_in"], "request");
    assert!(request.contains("authorization: [redacted]"), "{request}");
    let left = artefact(&found["sign_in"], "answer");
    assert!(!left.contains("switchboard-diagnostics"), "{left}");
    let whole = deep_passes(&S3::new(), &with(&service().writer, json!({ "prefix": "" }))).await;
    assert_eq!(whole["region"].found, "The bucket is in us-east-1.");
}

#[tokio::test]
async fn signatures_are_right_where_they_are_checked() {
    let checked = json!({ "endpoint": service().checked_endpoint });
    // It answers requests without a signature with an error of its own, hence only to this depth.
    probe::passes(&S3::new(), &with(&service().writer, checked.clone())).await;
    let round_trip = probe::run_within(probe::DEADLINE, &S3::new(), "round_trip", &with(&service().writer, checked)).await;
    assert!(round_trip.is_ok(), "{round_trip:?}");
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let (_held, closed) = fake_listener::closed_port();
    let S3Service { checked_endpoint, writer, reader, open_bucket, .. } = service();
    let checked = |changes: Value| merged(json!({ "endpoint": checked_endpoint }), changes);
    let nginx = port_of(&services().nginx.plain);
    let ways = [
        ("unknown host", target(json!({ "endpoint": "http://nowhere.invalid" }), ("a", "b")), ("resolve", Cause::NameNotFound)),
        ("closed port", target(json!({ "endpoint": format!("http://127.0.0.1:{closed}") }), ("a", "b")), ("connect", Cause::Refused)),
        ("no TLS there", target(json!({ "endpoint": format!("https://127.0.0.1:{nginx}") }), ("a", "b")), ("tls", Cause::NotTls)),
        ("wrong secret", target(checked(json!({})), (&writer.access_key_id, "wrong")), ("sign_in", Cause::AuthRejected)),
        ("unknown key", target(checked(json!({})), ("AKIANOBODY", &writer.secret_access_key)), ("sign_in", Cause::AuthRejected)),
        ("another region", with(writer, json!({ "region": "eu-central-1", "prefix": "" })), ("region", Cause::WrongRegion)),
        ("no such bucket", with(writer, json!({ "bucket": "missing" })), ("head_bucket", Cause::BucketMissing)),
        ("may not write", with(reader, checked(json!({}))), ("round_trip", Cause::PermissionDenied)),
        ("public", with(writer, json!({ "bucket": open_bucket })), ("public_read", Cause::PublicRead)),
    ];
    let ways = ways.into_iter().map(|(how, target, breaks)| Breakage::new(how, target, breaks)).collect();
    each_breaks_one_and_each_is_broken(S3::new(), ways).await;
}

const NOTHING: &str = "200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
const LISTED: &str = "200 OK\r\nconnection: close\r\ncontent-length: 19\r\n\r\n<ListBucketResult/>";

/// Takes everything and gives something else back.
async fn forgetful(given_back: &'static str) -> Server {
    Server::start(move |mut stream| async move {
        let request = read_request(&mut stream).await;
        let answer = match () {
            () if request.starts_with("GET") && request.contains("switchboard-diagnostics") => given_back,
            () if request.starts_with("GET") => LISTED,
            () => NOTHING,
        };
        let _ = stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).await;
        // What was sent is read to its end, or the answer would be lost with the connection.
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

#[tokio::test]
async fn an_object_that_comes_back_altered_or_not_at_all_is_told() {
    for given_back in [
        "200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nother",
        "404 Not Found\r\nconnection: close\r\ncontent-length: 37\r\n\r\n<Error><Code>NoSuchKey</Code></Error>",
    ] {
        let server = forgetful(given_back).await;
        let target = target(json!({ "endpoint": server.url() }), ("some-key-id", "some-secret"));
        assert_eq!(failures(&S3::new(), &target).await, []);
        assert_eq!(deep_failures(&S3::new(), &target).await, [("round_trip", Cause::RoundTripDiffers)], "{given_back}");
    }
}

#[tokio::test]
async fn what_says_well_to_everything_is_no_storage() {
    let server = Server::answering(format!("HTTP/1.1 {NOTHING}")).await;
    let target = target(json!({ "endpoint": server.url() }), ("some-key-id", "some-secret"));
    assert_eq!(failures(&S3::new(), &target).await, [("sign_in", Cause::UnexpectedAnswer)]);
}

#[test]
fn the_credential_is_bound_to_where_it_is_sent() {
    let origin = |path_style: bool| S3::new().sealed_to(&target(json!({ "endpoint": "https://S3.Example", "path_style": path_style }), ("a", "b")).settings);
    assert_eq!((origin(true).as_str(), origin(false).as_str()), ("https://s3.example:443", "https://orders.s3.example:443"));
}

/// Knows one key, which is good below `probes/` alone, and answers like S3: a question about the whole bucket is refused.
async fn narrow() -> Server {
    Server::start(|mut stream| async move {
        let request = read_request(&mut stream).await;
        let target = request.split(' ').nth(1).unwrap_or_default();
        let is_below = target.contains("prefix=probes%2F") || target.starts_with("/orders/probes/");
        let (status, body) = match (is_below, request.starts_with("HEAD")) {
            (true, _) => ("200 OK\r\nx-amz-bucket-region: us-east-1", "<ListBucketResult/>"),
            (false, true) => ("403 Forbidden", ""),
            (false, false) => ("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"),
        };
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

#[tokio::test]
async fn a_key_for_a_prefix_is_asked_for_that_alone() {
    let server = narrow().await;
    let of = |prefix: &str| target(json!({ "endpoint": server.url(), "prefix": prefix }), ("some-key-id", "some-secret"));
    let found = probe::passes(&S3::new(), &of("probes/")).await;
    assert_eq!(found["region"], "The bucket is in us-east-1.");
    for prefix in ["probes/", "probes", "/probes"] {
        assert_eq!(failures(&S3::new(), &of(prefix)).await, [], "{prefix}");
        assert_eq!(runner::beat(&S3::new(), &of(prefix), probe::DEADLINE).await.1, Ok(()), "{prefix}");
    }
    assert_eq!(failures(&S3::new(), &of("")).await, [("head_bucket", Cause::PermissionDenied)]);
    assert_eq!(failures(&S3::new(), &of("others/")).await, [("head_bucket", Cause::PermissionDenied)]);
}

#[tokio::test]
async fn where_a_bucket_is_instead_is_told_by_whichever_answer_says_so() {
    let elsewhere = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
    let server = Server::start(move |mut stream| async move {
        let body = if read_request(&mut stream).await.starts_with("HEAD") { "" } else { elsewhere };
        let answer = format!("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let target = target(json!({ "endpoint": server.url(), "region": "us-east-1" }), ("some-key-id", "some-secret"));
    let failure = runner::beat(&S3::new(), &target, probe::DEADLINE).await.1.expect_err("another region");
    assert_eq!((failure.cause, failure.found.as_str()), (Cause::WrongRegion, "The bucket is in eu-west-1, not in us-east-1."));
}

#[tokio::test]
async fn a_web_page_is_no_storage() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html>sign in</html>").await;
    for prefix in ["", "probes"] {
        let target = target(json!({ "endpoint": server.url(), "prefix": prefix }), ("some-key-id", "some-secret"));
        assert_eq!(failures(&S3::new(), &target).await.first(), Some(&("sign_in", Cause::UnexpectedAnswer)), "{prefix}");
        assert_eq!(runner::beat(&S3::new(), &target, probe::DEADLINE).await.1.expect_err("a page").cause, Cause::UnexpectedAnswer, "{prefix}");
    }
}

/// Lists nothing to anybody, and says of objects below `probes/` that they are not there.
async fn taciturn() -> Server {
    Server::start(|mut stream| async move {
        let request = read_request(&mut stream).await;
        let answer = match request.starts_with("HEAD /orders/probes/") {
            true => "404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            false => "403 Forbidden\r\nconnection: close\r\ncontent-length: 40\r\n\r\n<Error><Code>AccessDenied</Code></Error>",
        };
        let _ = stream.write_all(format!("HTTP/1.1 {answer}").as_bytes()).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

#[tokio::test]
async fn a_key_that_may_not_list_is_good_where_the_store_says_what_is_missing() {
    let server = taciturn().await;
    let of = |prefix: &str| target(json!({ "endpoint": server.url(), "prefix": prefix }), ("some-key-id", "some-secret"));
    assert_eq!(failures(&S3::new(), &of("probes")).await, []);
    assert_eq!(runner::beat(&S3::new(), &of("probes"), probe::DEADLINE).await.1, Ok(()));
    let failure = runner::beat(&S3::new(), &of("others"), probe::DEADLINE).await.1.expect_err("refused");
    assert!(failure.cause == Cause::PermissionDenied && failure.found.contains("s3:ListBucket"), "{failure:?}");
}
