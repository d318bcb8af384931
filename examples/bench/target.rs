//! A service that notes when each path is asked for, and behaves as the path says.
//!
//!   /report     tells the arrivals by path, in milliseconds since 1970, and forgets them
//!   /turn       from now on /down/… breaks off and /stall/… never answers
//!   /flip/…     breaks off for 15 s of every 30
//!   /slow/…     answers after a second
//!
//! Anything else is answered at once.

use std::{
    collections::HashMap,
    future::pending,
    io::Error,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::Outcome;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

#[derive(Default)]
struct Target {
    arrivals: Mutex<HashMap<String, Vec<u64>>>,
    has_turned: AtomicBool,
}

/// Listens on one port of 127.0.0.1 and, for `addresses` above one, of 127.1.0.1, 127.1.0.2 and so on too.
pub async fn run(addresses: u32) -> Outcome {
    let target = Arc::new(Target::default());
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = first.local_addr()?;
    for index in 1..addresses {
        let another = Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 0).to_bits() + index);
        tokio::spawn(Arc::clone(&target).listen(TcpListener::bind((another, address.port())).await?));
    }
    println!("listening on http://{address}");
    Ok(target.listen(first).await?)
}

impl Target {
    async fn listen(self: Arc<Self>, listener: TcpListener) -> Result<(), Error> {
        loop {
            let (stream, _) = listener.accept().await?;
            let target = Arc::clone(&self);
            tokio::spawn(async move { target.answer(stream).await });
        }
    }

    async fn answer(&self, mut stream: TcpStream) -> Result<(), Error> {
        let at = now();
        let mut read = Vec::with_capacity(512);
        while !read.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&read);
        let path = head.split(' ').nth(1).unwrap_or_default();
        let begins = |start| path.starts_with(start);
        let has_turned = self.has_turned.load(Ordering::Relaxed);
        match path {
            "/report" => return stream.write_all(&self.report()).await,
            "/turn" => self.has_turned.store(true, Ordering::Relaxed),
            _ => self.arrivals.lock().entry(path.to_owned()).or_default().push(at),
        }
        if has_turned && begins("/stall/") {
            pending::<()>().await;
        } else if has_turned && begins("/down/") || begins("/flip/") && at / 15_000 % 2 == 1 {
            return Ok(());
        } else if begins("/slow/") {
            sleep(Duration::from_secs(1)).await;
        }
        stream.write_all(ANSWER).await?;
        stream.shutdown().await
    }

    fn report(&self) -> Vec<u8> {
        let arrivals = std::mem::take(&mut *self.arrivals.lock());
        let body = serde_json::json!(arrivals).to_string();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}
