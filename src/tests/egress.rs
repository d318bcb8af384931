//! No spelling, name, redirect or proxy variable leads the dialer to an address it must not reach: a decoy counts who gets through.

use std::{net::IpAddr, process::Command, sync::Arc, time::Duration};

use domain::environment::Environment;
use probes::{
    egress::{DialError, Egress, EgressPolicy, Resolver},
    kinds::{Cause, ConnectionKind, Target, http::Http, tcp::Tcp},
};
use serde_json::json;
use tokio::time::timeout;

use crate::{probe, scripted::Server};

const GUARDED: [Environment; 2] = [Environment::Staging, Environment::Production];

/// Every way to write 127.0.0.1, [::1] or 0.0.0.0 that a URL or a host field takes.
const SPELLINGS: [&str; 24] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F.0X0.0X0.0X1",
    "0x7f.1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "127.0.0.1.",
    "127.000.000.001",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "127%2e0%2e0%2e1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "0.0.0.0",
    "[::]",
];

const NAMES: [&str; 3] = ["localhost", "LOCALHOST.", "internal.test"];

fn egress(grants: &str, answers: &[(&str, &[&[&str]])]) -> Egress {
    let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse::<IpAddr>().expect("address")).collect::<Vec<_>>();
    let answers = answers.iter().map(|(name, turns)| ((*name).to_owned(), turns.iter().map(|turn| addresses(turn)).collect()));
    Egress::new(grants.parse().expect("grants"), Resolver::Scripted(answers.collect()))
}

fn loopback_names() -> Egress {
    egress("", &[("localhost", &[&["127.0.0.1", "::1"]]), ("localhost.", &[&["127.0.0.1"]]), ("internal.test", &[&["127.0.0.1"]])])
}

fn http(url: &str, environment: Environment, egress: &Egress) -> Target {
    Target { environment, egress: egress.clone(), ..probe::target(&Http::new(), json!({ "url": url }), &[]) }
}

fn tcp(host: &str, port: u16, environment: Environment, egress: &Egress) -> Target {
    Target { environment, egress: egress.clone(), ..probe::target(&Tcp::new(), json!({ "host": host, "port": port }), &[]) }
}

async fn decoy() -> Server {
    Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await
}

#[tokio::test]
async fn no_spelling_of_loopback_gets_through_outside_development() {
    let decoy = decoy().await;
    let egress = loopback_names();
    for host in SPELLINGS.into_iter().chain(NAMES) {
        let url = format!("http://{host}:{}/", decoy.port());
        for environment in GUARDED {
            for scenario in ["resolve", "connect", "sign_in", "request"] {
                let outcome = probe::run_within(probe::DEADLINE, &Http::new(), scenario, &http(&url, environment, &egress)).await;
                // Without authentication there is nothing to sign in to.
                assert!(scenario == "sign_in" || outcome.is_err_and(|failure| failure.cause == Cause::Denied), "{url} {scenario}");
            }
            let outcome = probe::run_within(probe::DEADLINE, &Tcp::new(), "connect", &tcp(host, decoy.port(), environment, &egress)).await;
            assert!(outcome.is_err_and(|failure| failure.cause == Cause::Denied), "{host}");
        }
    }
    // The control: the decoy does count.
    assert!(egress.dial(Environment::Development, "127.1", decoy.port()).await.is_ok());
    assert_eq!(decoy.accepted().await, 1);
}

#[tokio::test]
async fn the_console_is_not_reached_even_in_development() {
    let decoy = decoy().await;
    let egress = loopback_names();
    egress.deny_listener(decoy.address);
    for host in SPELLINGS.into_iter().chain(NAMES) {
        let error = egress.dial(Environment::Development, host, decoy.port()).await.expect_err(host);
        assert!(matches!(error, DialError::Denied { .. }), "{host}: {error}");
    }
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn a_token_url_is_guarded_as_well() {
    let decoy = decoy().await;
    let settings = json!({ "url": "http://internal.test/", "auth": "oauth2", "token_url": format!("http://127.1:{}/token", decoy.port()), "client_id": "a" });
    let target = probe::target(&Http::new(), settings, &[("client_secret", "b")]);
    let target = Target { environment: Environment::Production, egress: loopback_names(), ..target };
    let failure = Http::new().run("sign_in", &target).await.expect_err("denied");
    assert_eq!((failure.cause, failure.found.starts_with("Token URL: ")), (Cause::Denied, true), "{failure:?}");
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn tricks_in_a_url_reach_nothing_even_if_they_were_stored() {
    let decoy = decoy().await;
    let authority = format!("127.0.0.1:{}", decoy.port());
    let tricks = [
        format!("http://example.com@{authority}/"),
        format!("http://{authority}\\@example.com/"),
        format!("http://{authority}#@example.com/"),
        format!("http:\\\\{authority}/"),
        format!("http:{authority}/"),
        format!("http:/{authority}/"),
        format!("http:///{authority}/"),
        format!("ht\ntp://{authority}/"),
        format!("ftp://{authority}/"),
        format!("gopher://{authority}/_GET"),
        format!("file://{authority}/etc/passwd"),
        format!("ws://{authority}/"),
    ];
    for url in tricks {
        let mut target = http("http://127.0.0.1/", Environment::Development, &loopback_names());
        Arc::make_mut(&mut target.settings).insert("url".into(), url.clone().into());
        assert!(!Http::new().check(&target.settings).is_empty(), "{url}");
        for scenario in ["resolve", "connect", "request"] {
            let failure = Http::new().run(scenario, &target).await.expect_err("refused");
            assert_eq!(failure.cause, Cause::ConfigurationInvalid, "{url} {scenario}");
        }
    }
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_judged_each_time_and_resolved_once() {
    let (granted, other) = (decoy().await, "127.0.0.2");
    let port = granted.port();
    let inner = Server::at((other.parse::<IpAddr>().expect("address"), port), |_| async {}).await;
    let egress = egress(&format!("127.0.0.1:{port}"), &[("flip.test", &[&["127.0.0.1"], &[other]]), ("public.test", &[&["192.88.100.1"], &["127.0.0.2"]])]);

    let stream = egress.dial(Environment::Production, "flip.test", port).await.expect("the first answer is granted");
    assert_eq!(stream.peer_addr().expect("peer"), granted.address);
    let error = egress.dial(Environment::Production, "flip.test", port).await.expect_err("the second is not");
    assert!(matches!(error, DialError::Denied { .. }), "{error}");

    // A public answer is dialled, or nothing is; in no case the address that comes next.
    let first = timeout(Duration::from_millis(300), egress.dial(Environment::Production, "public.test", port)).await;
    assert!(!matches!(first, Ok(Err(DialError::Denied { .. }))), "{first:?}");
    let second = egress.dial(Environment::Production, "public.test", port).await.expect_err("denied");
    assert!(matches!(second, DialError::Denied { .. }), "{second}");
    assert_eq!((granted.accepted().await, inner.accepted().await), (1, 0));
}

#[tokio::test]
async fn a_second_address_is_tried_where_the_first_refuses() {
    let decoy = decoy().await;
    let egress = egress("", &[("both.test", &[&["127.0.0.3", "127.0.0.1"]])]);
    let stream = egress.dial(Environment::Development, "both.test", decoy.port()).await.expect("the second address");
    assert_eq!(stream.peer_addr().expect("peer"), decoy.address);
}

#[tokio::test]
async fn errors_are_told_apart() {
    let egress = egress("", &[("closed.test", &[&["127.0.0.1"]])]);
    let (_held, port) = crate::fake_listener::closed_port();
    let dial = async |host| egress.dial(Environment::Development, host, port).await.expect_err(host);
    assert!(matches!(dial("closed.test").await, DialError::Refused(_)));
    assert!(matches!(dial("missing.test").await, DialError::NameNotFound(_)));
    assert!(matches!(dial("a b").await, DialError::InvalidHost(_)));
    let system = Egress::new(EgressPolicy::default(), Resolver::System);
    assert!(system.resolve(Environment::Development, "localhost", port).await.is_ok());
    let missing = system.resolve(Environment::Development, "no-such-host.invalid", port).await.expect_err("reserved never to exist");
    assert!(matches!(missing, DialError::NameNotFound(_)), "{missing}");
}

/// Names the service to the process that has the proxy variables: this test once more.
const SERVICE_OF_CHILD: &str = "SWITCHBOARD_TEST_URL";

#[tokio::test]
async fn proxy_variables_are_ignored() {
    if let Ok(url) = std::env::var(SERVICE_OF_CHILD) {
        let target = http(&url, Environment::Development, &Egress::new(EgressPolicy::default(), Resolver::System));
        assert!(Http::new().run("request", &target).await.is_ok());
        return;
    }
    let (proxy, service) = (decoy().await, decoy().await);
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "egress::proxy_variables_are_ignored"]).env(SERVICE_OF_CHILD, service.url());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, proxy.url());
    }
    let output = tokio::task::spawn_blocking(move || child.output()).await.expect("task").expect("child");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((proxy.accepted().await, service.accepted().await), (0, 1));
}
