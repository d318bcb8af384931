//! The kind `redis` against real servers: what a good one shows, and which step fails for each way of breaking it.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use probes::kinds::{Cause, ConnectionKind, Target, redis::Redis};
use serde_json::{Value, json};

use crate::{
    breakage::Breakage,
    fake_listener, probe, scripted,
    services::{RedisService, services},
};

/// The good settings of `service` with `changes` over them.
pub fn target(service: &RedisService, changes: Value, password: &str) -> Target {
    let good = json!({ "host": service.host, "port": service.port });
    let secret = [("password", password)];
    probe::target(&Redis::new(), probe::merged(good, changes), if password.is_empty() { &[] } else { &secret })
}

#[tokio::test]
async fn a_good_server_passes_every_scenario() {
    let (asking, open) = (&services().redis, &services().redis_open);
    let table = [
        (target(asking, json!({}), &asking.password), "Accepted the password of the default user.", "Opened database 0."),
        (target(asking, json!({ "user": "default", "database": 7 }), &asking.password), "Accepted the user default.", "Opened database 7."),
        (target(open, json!({}), ""), "The server asks for no password.", "Opened database 0."),
    ];
    for (target, sign_in, database) in table {
        let found = probe::passes(&Redis::new(), &target).await;
        assert_eq!((found["sign_in"].as_str(), found["database"].as_str()), (sign_in, database));
        assert_eq!(found["tls"], "Not used: TLS is off.");
        assert_eq!(found["ping"], "PING answers PONG.");
        assert!(found["role"].starts_with("A primary; connected replicas: "), "{}", found["role"]);
        assert!(found["version"].starts_with("Redis "), "{}", found["version"]);
    }
}

#[tokio::test]
async fn an_encrypted_server_passes_with_its_authority() {
    let service = &services().redis_tls;
    for host in [service.host.as_str(), "localhost"] {
        let settings = json!({ "host": host, "tls": true, "ca_pem": services().nginx.ca_pem });
        let found = probe::passes(&Redis::new(), &target(service, settings, &service.password)).await;
        assert!(found["tls"].starts_with("TLS 1.3; certificate of good by Switchboard test authority, expires in "), "{}", found["tls"]);
    }
}

/// What breaks a scenario of verification.
pub async fn ways() -> Vec<Breakage> {
    let (held, closed) = fake_listener::closed_port();
    let (asking, open, encrypted) = (&services().redis, &services().redis_open, &services().redis_tls);
    let password = asking.password.as_str();
    let nginx = probe::port_of(&services().nginx.plain);
    let table = [
        ("unknown host", target(asking, json!({ "host": "nowhere.invalid" }), password), ("resolve", Cause::NameNotFound)),
        ("TLS that is not there", target(asking, json!({ "tls": true }), password), ("tls", Cause::NotTls)),
        ("no authority to verify by", target(encrypted, json!({ "tls": true }), &encrypted.password), ("tls", Cause::CertificateUntrusted)),
        ("plain where TLS is spoken", target(encrypted, json!({}), &encrypted.password), ("sign_in", Cause::ConnectionClosed)),
        ("another protocol", target(asking, json!({ "port": nginx }), password), ("sign_in", Cause::UnexpectedAnswer)),
        ("wrong password", target(asking, json!({}), "wrong"), ("sign_in", Cause::AuthRejected)),
        ("no password", target(asking, json!({}), ""), ("sign_in", Cause::AuthRejected)),
        ("a password too many", target(open, json!({}), "unasked"), ("sign_in", Cause::AuthRejected)),
        ("unknown user", target(asking, json!({ "user": "nobody" }), password), ("sign_in", Cause::AuthRejected)),
        ("no such database", target(asking, json!({ "database": 1_023 }), password), ("database", Cause::DatabaseMissing)),
    ];
    let mut ways: Vec<_> = table.into_iter().map(|(how, target, breaks)| Breakage::new(how, target, breaks)).collect();
    ways.push(Breakage::new("closed port", target(asking, json!({ "port": closed }), password), ("connect", Cause::Refused)).holding(held));
    let mute = Server::start(&["--user", "mute", "on", ">orders-pw", "+auth"]);
    let target_of_mute = target(&mute.service, json!({ "user": "mute" }), "orders-pw");
    ways.push(Breakage::new("may not ping", target_of_mute, ("ping", Cause::PermissionDenied)).holding(mute));
    let (current, old) = versions(open);
    for (how, from, to, breaks) in [
        ("says that it is a replica", "role:master".to_owned(), "role:slave\r".to_owned(), ("role", Cause::OnReplica)),
        ("out of support", current, old, ("version", Cause::VersionOutdated)),
    ] {
        let server = scripted::Server::rewriting(format!("{}:{}", open.host, open.port), from, to).await;
        ways.push(Breakage::new(how, target(open, json!({ "port": server.port() }), ""), breaks));
    }
    ways
}

/// How a server gives its version, and how one out of support would in as many letters.
fn versions(service: &RedisService) -> (String, String) {
    let client = redis::Client::open(format!("redis://{}:{}", service.host, service.port)).expect("a URL");
    let facts: String = redis::cmd("INFO").arg("server").query(&mut client.get_connection().expect("Redis answers")).expect("text");
    let current = facts.lines().find(|line| line.starts_with("redis_version:")).expect("a version").to_owned();
    let old = format!("{:0<width$}", "redis_version:5.0.", width = current.len());
    (current, old)
}

#[tokio::test]
async fn each_kind_of_refusal_is_found_in_its_own_words() {
    let (asking, open) = (&services().redis, &services().redis_open);
    let table = [
        (target(asking, json!({}), "wrong"), "The server refused the user or the password (WRONGPASS)."),
        (target(asking, json!({}), ""), "The server asks for a password, and none is set."),
        (target(open, json!({}), "unasked"), "A password was sent, but the server has none set for this user."),
    ];
    for (target, expected) in table {
        let failure = probe::run_within(probe::DEADLINE, &Redis::new(), "sign_in", &target).await.expect_err("refused");
        assert_eq!(failure.found, expected);
    }
}

#[tokio::test]
async fn a_user_with_few_rights_is_warned_about_and_one_without_ping_fails() {
    let watcher = ["--user", "watcher", "on", ">orders-pw", "+auth", "+ping"];
    let mute = ["--user", "mute", "on", ">orders-pw", "+auth"];
    let server = Server::start(&[watcher.as_slice(), &mute].concat());
    let as_user = |user| target(&server.service, json!({ "user": user }), "orders-pw");
    let failures = probe::failures(&Redis::new(), &as_user("watcher")).await;
    assert_eq!(failures, [("role", Cause::PermissionDenied), ("version", Cause::PermissionDenied)]);
    assert_eq!(probe::failures(&Redis::new(), &as_user("mute")).await, [("ping", Cause::PermissionDenied)]);
}

#[tokio::test]
async fn a_replica_is_warned_about() {
    let primary = &services().redis_open;
    let server = Server::start(&["--replicaof", &primary.host, &primary.port.to_string()]);
    // While it takes its first copy, a replica may say that it is loading.
    let target = target(&server.service, json!({}), "");
    for _ in 0..100 {
        if probe::failures(&Redis::new(), &target).await == [("role", Cause::OnReplica)] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", probe::verify(&Redis::new(), &target).await);
}

#[test]
fn the_credential_is_bound_to_where_it_is_sent() {
    let target = target(&services().redis, json!({ "host": "Cache.Example" }), "");
    assert_eq!(Redis::new().sealed_to(&target.settings), format!("redis://cache.example:{}", services().redis.port));
}

/// A Redis for one test.
pub struct Server {
    pub service: RedisService,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start(settings: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
            .arg(folder.path())
            .args(settings)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is missing: run script/setup test");
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        Self { service: RedisService { host: "127.0.0.1".into(), port, password: String::new() }, process, _folder: folder }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
