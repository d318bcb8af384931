//! The `switchboard` program.

use std::process::ExitCode;

use clap::Parser;
use switchboard_server::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
