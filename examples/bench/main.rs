//! The parts of `script/bench` and `script/chaos` that must be fast.
//!
//!   bench target [ADDRESSES]                answers every request and notes when; see `target.rs`
//!   bench client URL PER_SECOND SECONDS     one request a connection, those of a second together; prints its CPU time
//!   bench load URL TOKEN CLIENTS SECONDS    as many clients as it says, one request after the other; prints percentiles
//!   bench shapes COUNT                      that many hours of latencies, and the sketches of them and of their day
//!   bench errors DATABASE_URL COUNT         fills a database with that many errors; prints what looking at them costs
//!   bench radius DATABASE_URL               prints what it costs to work out how far an open incident reaches
//!   bench waiting ONE MANY URL CONNECTIONS ROUNDS   heartbeats on two empty databases, while 1 or 10,000 messages wait; prints their ratio
//!   bench soak URL CONNECTIONS SLOTS        the engine by a clock that is driven; prints its memory and open files

/// By the short name that everything else knows it by.
extern crate switchboard_engine as engine;

use std::{fs, time::Duration};

mod client;
mod console;
mod driven;
mod errors;
mod load;
mod radius;
mod shapes;
mod soak;
mod target;
mod waiting;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match given.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["target"] => target::run(1).await,
        ["target", addresses] => target::run(addresses.parse()?).await,
        ["client", url, per_second, seconds] => client::run(url, per_second.parse()?, seconds.parse()?).await,
        ["load", url, token, clients, seconds] => load::run(url, token, clients.parse()?, Duration::from_secs(seconds.parse()?)).await,
        ["shapes", count] => shapes::print(count.parse()?),
        ["errors", url, count] => errors::run(url, count.parse()?).await,
        ["radius", url] => radius::run(url).await,
        ["soak", url, connections, slots] => soak::run(url, connections.parse()?, slots.parse()?).await,
        ["waiting", one, many, url, connections, rounds] => waiting::run(one, many, url, connections.parse()?, rounds.parse()?).await,
        _ => Err("usage: bench target | client | errors | load | radius | shapes | soak | waiting; its source says with what".into()),
    }
}

/// `host:port` and path of `http://host:port/path`.
fn parts(url: &str) -> Outcome<(String, String)> {
    let rest = url.strip_prefix("http://").ok_or("an http:// URL")?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    Ok((address.to_owned(), format!("/{path}")))
}

/// User and system time of this process; the kernel counts in hundredths of a second.
fn cpu_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
