//! The `switchboard` program.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use switchboard_server::cli::Cli;

/// Gives memory back that many threads had in turn, such as that of password hashes.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
