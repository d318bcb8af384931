//! The console from outside, by HTTP and command line, as one binary so that it links once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it shares")]

mod as_described;
mod assets;
mod audit;
#[path = "../../../src/tests/authenticator.rs"]
mod authenticator;
mod background;
mod backups;
mod bidi;
mod channels;
mod command_line;
mod correlation;
mod description;
mod drafts;
mod errors;
mod exposed;
#[path = "../../../src/tests/fault_proxy.rs"]
mod fault_proxy;
mod forms;
mod full_disk;
mod fuzz;
mod health;
mod held_target;
mod idempotency;
mod inbox;
mod incidents;
mod killed;
mod killed_executing;
mod killed_sending;
mod killed_watching;
#[path = "../../../src/tests/leaks.rs"]
mod leaks;
mod life_cycle;
mod limits;
mod listing;
mod malformed;
mod malformed_requests;
mod metrics;
mod on_call;
mod outsiders;
mod packs;
mod panics;
mod people;
mod problems;
mod process;
mod refused;
mod release_gate;
#[path = "../../../docs/report_errors.rs"]
mod report_errors;
mod reporting;
mod roles;
mod runbooks;
mod runs;
mod second_factor;
mod second_process;
mod services;
mod siege;
mod sign_in;
mod suppression;
mod test_server;
mod traces;
mod versions;
