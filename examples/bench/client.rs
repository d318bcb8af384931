//! What the same requests cost without a console around them.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{Outcome, cpu_seconds, parts};

pub async fn run(url: &str, per_second: u32, seconds: u64) -> Outcome {
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

/// One request on a connection of its own.
pub async fn once(address: &str, path: &str) -> Outcome {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(path).header("host", address).header("connection", "close").body(Empty::<Bytes>::new())?;
    let exchange = async { sender.send_request(request).await?.into_body().collect().await.map(drop) };
    let (exchanged, _) = tokio::join!(exchange, connection);
    Ok(exchanged?)
}
