//! The parts of `script/bench` that must be fast: a target that notes when it is asked, and a bare client loop to compare with.
//!
//!   bench target PORT                       answers every request; GET /report tells and forgets how punctual the requests were,
//!                                           /hang never answers, /flip/… breaks off for 15 s of every 30
//!   bench client URL PER_SECOND SECONDS     one request a connection, those of a second together; prints its CPU time
//!   bench load URL TOKEN CLIENTS SECONDS    as many clients as it says, one request after the other; prints percentiles

use std::{
    collections::HashMap,
    env, fs,
    io::Error,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;
/// When each path was asked for.
type Arrivals = Arc<Mutex<HashMap<String, Vec<Instant>>>>;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

#[tokio::main]
async fn main() -> Outcome {
    let given: Vec<String> = env::args().skip(1).collect();
    match given.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["target", port] => target(port.parse()?).await,
        ["client", url, per_second, seconds] => client(url, per_second.parse()?, seconds.parse()?).await,
        ["load", url, token, clients, seconds] => load(url, token, clients.parse()?, seconds.parse()?).await,
        _ => Err("usage: bench target PORT | client URL PER_SECOND SECONDS | load URL TOKEN CLIENTS SECONDS".into()),
    }
}

async fn target(port: u16) -> Outcome {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let arrivals = Arrivals::default();
    loop {
        let (stream, _) = listener.accept().await?;
        let arrivals = Arc::clone(&arrivals);
        tokio::spawn(async move { answer(stream, &arrivals).await });
    }
}

async fn answer(mut stream: TcpStream, arrivals: &Arrivals) -> Result<(), Error> {
    let at = Instant::now();
    let mut read = Vec::with_capacity(512);
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&read);
    match head.split(' ').nth(1).unwrap_or_default() {
        "/hang" => std::future::pending().await,
        "/report" => {
            let body = report(&std::mem::take(&mut *arrivals.lock().unwrap_or_else(PoisonError::into_inner)));
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await
        }
        path => {
            if path.starts_with("/flip/") && is_flipped() {
                return Ok(());
            }
            arrivals.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_default().push(at);
            stream.write_all(ANSWER).await?;
            stream.shutdown().await
        }
    }
}

fn is_flipped() -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_secs() / 15 % 2 == 1
}

/// How far the requests of each path lay from an even beat, in milliseconds.
fn report(arrivals: &HashMap<String, Vec<Instant>>) -> String {
    let mut off = Vec::new();
    for times in arrivals.values() {
        let gaps: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1_000.0).collect();
        // Intervals are whole seconds.
        off.extend(gaps.iter().map(|gap| (gap - (gap / 1_000.0).round() * 1_000.0).abs()));
    }
    let requests: usize = arrivals.values().map(Vec::len).sum();
    let at = percentiles(&mut off);
    serde_json::json!({"requests": requests, "paths": arrivals.len(), "jitter_ms": {"p50": at(0.5), "p99": at(0.99), "max": at(1.0)}}).to_string()
}

fn percentiles(values: &mut [f64]) -> impl Fn(f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let sorted = values.to_vec();
    move |quantile| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
        let index = (sorted.len().saturating_sub(1) as f64 * quantile).round() as usize;
        (sorted.get(index).copied().unwrap_or_default() * 100.0).round() / 100.0
    }
}

async fn client(url: &str, per_second: u32, seconds: u64) -> Outcome {
    let (address, path) = parts(url)?;
    let begun = cpu_seconds()?;
    let mut beat = interval(Duration::from_secs(1));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut running, mut done) = (JoinSet::new(), 0_u64);
    for _ in 0..seconds {
        beat.tick().await;
        for _ in 0..per_second {
            let (address, path) = (address.clone(), path.clone());
            running.spawn(async move { once(&address, &path).await });
        }
        while let Some(ended) = running.join_next().await {
            ended??;
            done += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "few enough")]
    let each = (cpu_seconds()? - begun) * 1_000.0 / done as f64;
    println!("{}", serde_json::json!({"requests": done, "cpu_ms_each": (each * 1_000.0).round() / 1_000.0}));
    Ok(())
}

async fn once(address: &str, path: &str) -> Outcome {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(path).header("host", address).header("connection", "close").body(Empty::<Bytes>::new())?;
    let exchange = async { sender.send_request(request).await?.into_body().collect().await.map(drop) };
    let (exchanged, _) = tokio::join!(exchange, connection);
    Ok(exchanged?)
}

async fn load(url: &str, token: &str, clients: usize, seconds: u64) -> Outcome {
    let (address, path) = parts(url)?;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (address, path, token) = (address.clone(), path.clone(), token.to_owned());
        running.spawn(async move { ask_until(until, &address, &path, &token).await });
    }
    let mut took = Vec::new();
    while let Some(ended) = running.join_next().await {
        took.extend(ended??);
    }
    let (requests, at) = (took.len(), percentiles(&mut took));
    println!("{}", serde_json::json!({"requests": requests, "ms": {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99)}}));
    Ok(())
}

async fn ask_until(until: Instant, address: &str, path: &str, token: &str) -> Result<Vec<f64>, Box<dyn std::error::Error + Send + Sync>> {
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

/// `host:port` and path of `http://host:port/path`.
fn parts(url: &str) -> Result<(String, String), Box<dyn std::error::Error + Send + Sync>> {
    let rest = url.strip_prefix("http://").ok_or("an http:// URL")?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    Ok((address.to_owned(), format!("/{path}")))
}

/// User and system time of this process; the kernel counts in hundredths of a second.
fn cpu_seconds() -> Result<f64, Box<dyn std::error::Error + Send + Sync>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
