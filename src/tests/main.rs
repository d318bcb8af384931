//! The engine against real services, as one binary so that it links once. Run it with `script/test`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it shares")]

/// By the short name that everything else knows it by.
extern crate switchboard_engine as engine;

mod access;
mod active_connections;
mod breakage;
mod cancel;
mod client_certificates;
mod contracts;
mod crash;
mod decoy_listener;
mod diagnose;
mod dns;
mod egress;
mod evidence;
mod evidence_places;
mod fake_servers;
mod fault_proxy;
mod faults;
mod fixture_kind;
mod full_disk;
mod grpc;
mod heartbeat;
mod http;
mod http_as_met;
mod http_diagnostic_checks;
mod incidents;
mod invariants;
mod leaks;
mod life_cycle;
mod permissions;
mod pooler;
mod postgres;
mod postgres_diagnostic_checks;
mod probe;
mod queries;
mod race;
mod redis;
mod redis_cluster;
mod redis_diagnostic_checks;
mod retention;
mod rollups;
mod s3;
mod schema;
mod scripted;
mod secret_leaks;
mod services;
mod shared_causes;
mod size;
mod smtp;
mod sources;
mod standby;
mod supabase;
mod test_console;
mod two_nodes;
