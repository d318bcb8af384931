//! The `switchboard` program.

use std::{env, process::ExitCode};

use clap::Parser;
use switchboard_server::{assets, cli::Cli};
use tikv_jemallocator::Jemalloc;

/// Gives memory back that many threads had in turn, such as that of password hashes.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // What `cargo leptos watch` starts without a word is to be looked at.
    let serve = (assets::is_watched() && env::args_os().len() == 1).then(|| "serve".into());
    Cli::parse_from(env::args_os().chain(serve)).run().await
}
