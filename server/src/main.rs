//! The `switchboard` program.

use std::process::ExitCode;

use clap::Parser;
use switchboard_server::cli::Cli;
use tikv_jemallocator::Jemalloc;

/// Gives memory back that many threads had in turn, such as that of password hashes.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
