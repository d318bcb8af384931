//! The kind `redis` at real nodes of a cluster: one of two that share the keys, and one whose cluster is down.

use std::time::Duration;

use probes::{
    kinds::{Cause, redis::Redis},
    runner,
};
use serde_json::json;

use crate::{
    probe,
    redis::{Server, target},
};

fn node() -> Server {
    // Nothing is written to its disk but the list of nodes.
    Server::start(&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
}

fn ask(server: &Server, command: &[&str]) -> String {
    let client = redis::Client::open(format!("redis://{}:{}", server.service.host, server.service.port)).expect("a URL");
    let (name, arguments) = command.split_first().expect("a command");
    let mut asked = redis::cmd(name);
    asked.arg(arguments);
    asked.query(&mut client.get_connection().expect("Redis answers")).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

async fn until_up(server: &Server) {
    for _ in 0..600 {
        if ask(server, &["CLUSTER", "INFO"]).contains("cluster_state:ok") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", ask(server, &["CLUSTER", "INFO"]));
}

#[tokio::test]
async fn a_node_that_holds_half_of_the_keys_is_well() {
    let (one, other) = (node(), node());
    ask(&one, &["CLUSTER", "ADDSLOTSRANGE", "0", "8191"]);
    ask(&other, &["CLUSTER", "ADDSLOTSRANGE", "8192", "16383"]);
    ask(&one, &["CLUSTER", "MEET", "127.0.0.1", &other.service.port.to_string()]);
    until_up(&one).await;
    until_up(&other).await;
    for server in [&one, &other] {
        // Half of the keys that are tried are the other node's, which it says with MOVED.
        for _ in 0..4 {
            let found = probe::deep_passes(&Redis::new(), &target(&server.service, json!({}), "")).await;
            assert_eq!(found["ping"].found, "PING answers PONG; its cluster is up: 16384 of 16384 slots are served, 2 nodes are known.");
            assert_eq!(found["round_trip"].found, "Set a key, read it, saw it expire, and deleted it.");
        }
    }
}

#[tokio::test]
async fn a_cluster_that_is_down_is_not_well_though_its_nodes_answer() {
    let server = node();
    ask(&server, &["CLUSTER", "ADDSLOTSRANGE", "0", "100"]);
    assert_eq!(ask(&server, &["PING"]), "PONG");
    let target = target(&server.service, json!({}), "");
    assert_eq!(probe::failures(&Redis::new(), &target).await, [("ping", Cause::ClusterDown)]);
    assert_eq!(runner::beat(&Redis::new(), &target, probe::DEADLINE).await.1.expect_err("it is down").cause, Cause::ClusterDown);
}

#[tokio::test]
async fn a_cluster_that_is_down_is_told_to_a_user_who_may_not_say_hello() {
    let server = Server::start(&["--cluster-enabled", "yes", "--user", "watcher", "on", ">orders-pw", "+auth", "+ping", "+info", "+cluster|info"]);
    let target = target(&server.service, json!({ "user": "watcher" }), "orders-pw");
    assert_eq!(runner::beat(&Redis::new(), &target, probe::DEADLINE).await.1.expect_err("no slot is served").cause, Cause::ClusterDown);
}

#[tokio::test]
async fn a_user_who_may_only_ping_is_asked_for_no_more() {
    let server = Server::start(&["--cluster-enabled", "yes", "--user", "watcher", "on", ">orders-pw", "+auth", "+ping"]);
    let target = target(&server.service, json!({ "user": "watcher" }), "orders-pw");
    assert!(runner::beat(&Redis::new(), &target, probe::DEADLINE).await.1.is_ok());
}
