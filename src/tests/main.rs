//! The engine against real services, as one binary so that it links once. Run it with `script/test`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it shares")]

mod access;
mod cancel;
mod contracts;
mod decoy;
mod diagnose;
mod egress;
mod evidence;
mod hostile;
mod http;
mod leaks;
mod life_cycle;
mod postgres;
mod probe;
mod race;
mod redis;
mod schema;
mod scripted;
mod services;
mod standby;
mod test_console;
mod toy;
