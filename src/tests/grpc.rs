//! The kind `grpc` against tonic's own health service, plain and behind TLS, and what it says of one in trouble.

use std::{net::SocketAddr, sync::Arc};

use probes::{
    kinds::{Cause, ConnectionKind, Target, grpc::Grpc},
    runner,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    },
};
use tonic::{
    Request, Response, Status,
    codegen::BoxStream,
    service::{Routes, interceptor::InterceptedService},
    transport::{
        Server,
        server::{Router, TcpIncoming},
    },
};
use tonic_health::{
    ServingStatus,
    pb::{
        HealthCheckRequest, HealthCheckResponse,
        health_server::{Health, HealthServer},
    },
};

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    fake_listener, leaks,
    probe::{self, artefact, deep_passes, merged, port_of},
    scripted,
    services::services,
};

pub const TOKEN: &str = "canary-Zq7+v/9x-secret";

/// Takes requests with the token only. `orders` serves, `payments` does not.
pub async fn server(overall: ServingStatus) -> SocketAddr {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_service_status("", overall).await;
    reporter.set_service_status("shop.v1.Orders", ServingStatus::Serving).await;
    reporter.set_service_status("shop.v1.Payments", ServingStatus::NotServing).await;
    listen(Server::builder().add_service(InterceptedService::new(service, admit))).await
}

fn admit(request: Request<()>) -> Result<Request<()>, Status> {
    let given = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    if given == Some(&format!("Bearer {TOKEN}")) { Ok(request) } else { Err(Status::unauthenticated(format!("not {given:?}"))) }
}

async fn listen(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(router.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

/// Calls everything healthy.
struct Cheerful;

#[tonic::async_trait]
impl Health for Cheerful {
    type WatchStream = BoxStream<HealthCheckResponse>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: 1 }))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

/// Ends TLS with the good certificate before a plain server.
async fn encrypted(plain: SocketAddr) -> u16 {
    behind_tls(plain, None).await
}

/// A good server that takes only clients with a certificate of the test authority.
pub async fn asking() -> u16 {
    let authorities = CertificateDer::pem_slice_iter(services().nginx.ca_pem.as_bytes()).map(|certificate| certificate.expect("a certificate"));
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::new(ring::default_provider())).build().expect("a verifier");
    behind_tls(server(ServingStatus::Serving).await, Some(verifier)).await
}

async fn behind_tls(plain: SocketAddr, verifier: Option<Arc<dyn ClientCertVerifier>>) -> u16 {
    let certificate = CertificateDer::from_pem_file(&services().nginx.certificate_file).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&services().nginx.key_file).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().expect("versions");
    let config = match verifier {
        Some(verifier) => config.with_client_cert_verifier(verifier),
        None => config.with_no_client_auth(),
    };
    let mut config = config.with_single_cert(vec![certificate], key).expect("a pair");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let (Ok(mut outside), Ok(mut inside)) = (acceptor.accept(stream).await, TcpStream::connect(plain).await) else { return };
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    port
}

fn target(url: &str, changes: Value, token: &str) -> Target {
    let good = json!({ "url": url, "service": "shop.v1.Orders", "ca_pem": services().nginx.ca_pem });
    probe::target(&Grpc::new(), merged(good, changes), &[("token", token)])
}

#[tokio::test]
async fn a_good_server_passes_every_scenario_plain_and_encrypted() {
    let plain = server(ServingStatus::Serving).await;
    let urls = [format!("http://{plain}"), format!("https://localhost:{}", encrypted(plain).await)];
    for url in urls {
        let found = deep_passes(&Grpc::new(), &target(&url, json!({}), TOKEN)).await;
        assert!(found["health"].found.starts_with("The server serves; answered in "), "{found:?}");
        assert!(found["service"].found.starts_with("shop.v1.Orders serves; "), "{found:?}");
        assert_eq!(found["unknown_service"].found, "Refused with NOT_FOUND.");
        assert!(artefact(&found["health"], "health").contains("\"SERVING\""));
    }
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let (_held, closed) = fake_listener::closed_port();
    let good = format!("http://{}", server(ServingStatus::Serving).await);
    let (down, cheerful) = (server(ServingStatus::NotServing).await, listen(Server::builder().add_service(HealthServer::new(Cheerful))).await);
    let mute = listen(Server::builder().add_routes(Routes::default())).await;
    let nginx = port_of(&services().nginx.plain);
    let table = [
        ("unknown host", "http://nowhere.invalid".to_owned(), json!({}), TOKEN, ("resolve", Cause::NameNotFound)),
        ("closed port", format!("http://127.0.0.1:{closed}"), json!({}), TOKEN, ("connect", Cause::Refused)),
        ("no TLS there", good.replace("http:", "https:"), json!({}), TOKEN, ("tls", Cause::NotTls)),
        ("wrong token", good.clone(), json!({}), "wrong", ("health", Cause::AuthRejected)),
        ("not serving", format!("http://{down}"), json!({}), TOKEN, ("health", Cause::NotServing)),
        ("no health service", format!("http://{mute}"), json!({}), TOKEN, ("health", Cause::HealthNotOffered)),
        ("no gRPC", format!("http://127.0.0.1:{nginx}"), json!({}), TOKEN, ("health", Cause::UnexpectedAnswer)),
        ("unknown service", good.clone(), json!({ "service": "shop.v1.Missing" }), TOKEN, ("service", Cause::ServiceUnknown)),
        ("service in trouble", good, json!({ "service": "shop.v1.Payments" }), TOKEN, ("service", Cause::NotServing)),
        ("vouches for anything", format!("http://{cheerful}"), json!({}), TOKEN, ("unknown_service", Cause::UnknownServiceAnswered)),
    ];
    let ways = table.into_iter().map(|(how, url, changes, token, breaks)| Breakage::new(how, target(&url, changes, token), breaks)).collect();
    each_breaks_one_and_each_is_broken(Grpc::new(), ways).await;
}

#[tokio::test]
async fn a_server_that_speaks_of_its_services_alone_is_good_where_one_is_named() {
    let (mut reporter, service) = tonic_health::server::health_reporter();
    reporter.clear_service_status("").await;
    reporter.set_service_status("shop.v1.Orders", ServingStatus::Serving).await;
    reporter.set_service_status("shop.v1.Payments", ServingStatus::NotServing).await;
    let url = format!("http://{}", listen(Server::builder().add_service(service)).await);
    let found = deep_passes(&Grpc::new(), &target(&url, json!({}), TOKEN)).await;
    assert!(found["health"].is_unused && found["service"].found.starts_with("shop.v1.Orders serves; "), "{found:?}");
    for (named, expected) in [("shop.v1.Orders", None), ("shop.v1.Payments", Some(Cause::NotServing)), ("", Some(Cause::ServiceUnknown))] {
        let beat = runner::beat(&Grpc::new(), &target(&url, json!({ "service": named }), TOKEN), probe::DEADLINE).await.1;
        assert_eq!(beat.err().map(|failure| failure.cause), expected, "{named}");
    }
}

/// Answers the first request with an HTTP status in HTTP/2 and without a word of gRPC, as a proxy does.
async fn proxy(status: &'static str) -> scripted::Server {
    scripted::Server::start(move |mut stream| async move {
        // The preface, and frames up to that of the request's head.
        let _ = stream.read_exact(&mut [0; 24]).await;
        let mut head = [0; 9];
        while stream.read_exact(&mut head).await.is_ok() && head[3] != 0x01 {
            let length = usize::from(head[1]) << 8 | usize::from(head[2]);
            let _ = stream.read_exact(&mut vec![0; length]).await;
        }
        // Our settings, that we have read theirs, and on stream 1 a head that ends it: `:status` is number 8 of the names that both know.
        let _ = stream.write_all(b"\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0\0\0\x05\x01\x05\0\0\0\x01\x08\x03").await;
        let _ = stream.write_all(status.as_bytes()).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

#[tokio::test]
async fn who_answers_http_and_not_grpc_is_told_by_its_status() {
    for (status, cause) in [("401", Cause::AuthRejected), ("403", Cause::PermissionDenied), ("404", Cause::HealthNotOffered), ("503", Cause::NotReady)] {
        let server = proxy(status).await;
        let failure = probe::run_within(probe::DEADLINE, &Grpc::new(), "health", &target(&server.url(), json!({}), TOKEN)).await.expect_err("no gRPC");
        assert_eq!((failure.cause, failure.found), (cause, format!("The server answered HTTP {status}, and not gRPC.")));
    }
}

#[tokio::test]
async fn a_server_without_http2_is_told_as_such() {
    let steps = probe::verify(&Grpc::new(), &target(&services().nginx.tls, json!({}), TOKEN)).await;
    let failure = steps.into_iter().find_map(|(_, outcome)| outcome.err()).expect("a failure");
    assert_eq!((failure.cause, failure.found.as_str()), (Cause::UnexpectedAnswer, "The server does not speak HTTP/2 on this port."));
}

#[tokio::test]
async fn what_a_server_repeats_is_not_passed_on() {
    let url = format!("http://{}", server(ServingStatus::Serving).await);
    let failure = probe::run_within(probe::DEADLINE, &Grpc::new(), "health", &target(&url, json!({}), "another-secret")).await.expect_err("refused");
    assert_eq!(failure.found, "The server answered UNAUTHENTICATED.");
    for artefact in &failure.evidence {
        assert_eq!(leaks::find("another-secret", &String::from_utf8_lossy(&artefact.bytes)), None);
    }
}

#[test]
fn the_credential_is_bound_to_where_it_is_sent() {
    assert_eq!(Grpc::new().sealed_to(&target("https://Orders.Example", json!({}), TOKEN).settings), "https://orders.example:443");
}
