//! The engine against real services, as one binary so that it links once. Run it with `script/test`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it shares")]

mod access;
mod breakage;
mod canaries;
mod cancel;
mod contracts;
mod decoy;
mod diagnose;
mod dns;
mod egress;
mod evidence;
mod evidence_places;
mod grpc;
mod hostile;
mod http;
mod http_depth;
mod leaks;
mod life_cycle;
mod look;
mod postgres;
mod postgres_depth;
mod probe;
mod race;
mod redis;
mod redis_depth;
mod s3;
mod schema;
mod scripted;
mod services;
mod smtp;
mod standby;
mod supabase;
mod test_console;
mod toy;
mod valve;
