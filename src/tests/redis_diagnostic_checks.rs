//! The kind `redis` at full depth, on servers of each test's own.

use futures_util::{FutureExt, future::BoxFuture};
use probes::kinds::{Cause, redis::Redis};
use serde_json::{Value, json};

use crate::{
    breakage::{Breakage, Held, each_breaks_one_and_each_is_broken},
    probe::{DEADLINE, artefact, deep_failures, deep_passes, run_within},
    redis::{self as tests, Server, target},
    services::services,
};

fn command(server: &Server, words: &[&str]) -> redis::Value {
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", server.service.port)).expect("a URL");
    let mut connection = client.get_connection().expect("Redis answers");
    let mut command = redis::Cmd::new();
    words.iter().fold(&mut command, |command, word| command.arg(*word));
    command.query(&mut connection).unwrap_or_else(|error| panic!("{words:?}: {error}"))
}

/// A server that holds 50 MB, of which that many percent are allowed.
fn filled_to(percent: u64, policy: &str) -> Server {
    let server = Server::start(&["--maxmemory-policy", policy]);
    command(&server, &["SETRANGE", "big", "50000000", "x"]);
    let facts: String = redis::from_redis_value(command(&server, &["INFO", "memory"])).expect("text");
    let used: u64 = facts.lines().find_map(|line| line.strip_prefix("used_memory:")).and_then(|bytes| bytes.trim().parse().ok()).expect("a number");
    command(&server, &["CONFIG", "SET", "maxmemory", &(used * 1_000 / (percent * 10 + 5)).to_string()]);
    server
}

/// The settings of a server that has no room left, and what gives it some.
pub fn full() -> (Value, BoxFuture<'static, Held>) {
    let server = filled_to(97, "noeviction");
    let settings = json!({ "host": server.service.host, "port": server.service.port });
    let emptied = async move {
        command(&server, &["DEL", "big"]);
        Box::new(server) as Held
    };
    (settings, emptied.boxed())
}

#[tokio::test]
async fn a_good_server_passes_every_scenario_and_keeps_nothing() {
    let service = &services().redis_tls;
    let settings = json!({ "host": "localhost", "tls": true, "ca_pem": services().nginx.ca_pem });
    let found = deep_passes(&Redis::new(), &target(service, settings, &service.password)).await;
    assert!(artefact(&found["tls"], "certificate-chain").contains("BEGIN CERTIFICATE"));
    assert!(artefact(&found["version"], "server").contains("redis_version"));
    assert!(artefact(&found["memory"], "memory").contains("used_memory"));
    assert!(found["memory"].is_unused && found["memory"].found.contains("no limit is set"), "{:?}", found["memory"]);

    let server = Server::start(&[]);
    deep_passes(&Redis::new(), &target(&server.service, json!({}), "")).await;
    assert_eq!(command(&server, &["DBSIZE"]), redis::Value::Int(0));
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let limited = Server::start(&[]);
    command(&limited, &["ACL", "SETUSER", "reader", "on", ">reader-password", "~*", "+@all", "-set"]);
    let reader = target(&limited.service, json!({ "user": "reader" }), "reader-password");
    let full = filled_to(97, "noeviction");
    let of_full = target(&full.service, json!({}), "");
    let mut ways = tests::ways().await;
    ways.push(Breakage::new("may not write", reader, ("round_trip", Cause::PermissionDenied)).holding(limited));
    ways.push(Breakage::new("full", of_full, ("memory", Cause::NearLimit)).holding(full));
    each_breaks_one_and_each_is_broken(Redis::new(), ways).await;
}

#[tokio::test]
async fn a_user_with_few_rights_is_tested_with_what_it_may_use() {
    let server = Server::start(&["--user", "app", "on", ">orders-pw", "~app:*", "+@all", "-info"]);
    let as_app = |prefix: &str| target(&server.service, json!({ "user": "app", "key_prefix": prefix }), "orders-pw");
    // What INFO alone tells is warned about.
    let unread = ["role", "version", "memory"].map(|scenario| (scenario, Cause::PermissionDenied));
    assert_eq!(deep_failures(&Redis::new(), &as_app("app:")).await, unread);
    let memory = run_within(DEADLINE, &Redis::new(), "memory", &as_app("app:")).await.expect_err("no INFO");
    assert!(memory.warns, "{memory:?}");
    let round_trip = run_within(DEADLINE, &Redis::new(), "round_trip", &as_app("")).await.expect_err("no key without the prefix");
    assert_eq!(round_trip.found, "The user may run SET, but not on the key it was tried with (NOPERM). A prefix of keys can be set.");
}

#[tokio::test]
async fn memory_that_is_nearly_full_warns_and_a_full_cache_is_as_it_should_be() {
    let near = filled_to(85, "noeviction");
    let failure = run_within(DEADLINE, &Redis::new(), "memory", &target(&near.service, json!({}), "")).await.expect_err("85 %");
    assert!(failure.warns && failure.cause == Cause::NearLimit && failure.found.contains("(85 %)"), "{failure:?}");

    let cache = filled_to(97, "allkeys-lru");
    deep_passes(&Redis::new(), &target(&cache.service, json!({}), "")).await;
}
