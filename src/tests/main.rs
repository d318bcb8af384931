//! The engine against real services, as one binary so that it links once. Run it with `script/test`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it shares")]

/// By the short name that everything else knows it by.
extern crate switchboard_engine as engine;

mod access;
mod active_connections;
mod breakage;
mod cancel;
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
mod grpc;
mod heartbeat;
mod http;
mod http_diagnostic_checks;
mod incidents;
mod invariants;
mod leaks;
mod life_cycle;
mod postgres;
mod postgres_diagnostic_checks;
mod probe;
mod queries;
mod race;
mod redis;
mod redis_diagnostic_checks;
mod rollups;
mod s3;
mod schema;
mod scripted;
mod secret_leaks;
mod services;
mod shared_causes;
mod size;
mod smtp;
mod standby;
mod supabase;
mod test_console;
mod two_nodes;
