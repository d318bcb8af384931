//! Clients that read the API as fast as it answers.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use super::{Outcome, parts};

pub async fn run(url: &str, token: &str, clients: usize, lasts: Duration) -> Outcome {
    let (address, path) = parts(url)?;
    let until = Instant::now() + lasts;
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (address, path, token) = (address.clone(), path.clone(), token.to_owned());
        running.spawn(async move { ask_until(until, &address, &path, &token).await });
    }
    let mut took = Vec::new();
    while let Some(ended) = running.join_next().await {
        took.extend(ended??);
    }
    took.sort_by(f64::total_cmp);
    let at = |quantile: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
        let index = (took.len().saturating_sub(1) as f64 * quantile).round() as usize;
        (took.get(index).copied().unwrap_or_default() * 100.0).round() / 100.0
    };
    println!("{}", serde_json::json!({"requests": took.len(), "ms": {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99)}}));
    Ok(())
}

async fn ask_until(until: Instant, address: &str, path: &str, token: &str) -> Outcome<Vec<f64>> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
    tokio::spawn(connection);
    let mut took = Vec::new();
    while Instant::now() < until {
        let request = Request::get(path).header("host", address).header("authorization", format!("Bearer {token}")).body(Empty::<Bytes>::new())?;
        let begun = Instant::now();
        let response = sender.send_request(request).await?;
        if !response.status().is_success() {
            return Err(format!("answered {}", response.status()).into());
        }
        response.into_body().collect().await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(took)
}
