//! A listener that counts who connects and does what a test says.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub struct Server {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
}

impl Server {
    /// Listens at `address` until the test ends, and hands every connection to `meet`.
    ///
    /// # Panics
    /// The address is taken.
    pub async fn at<F: Future<Output = ()> + Send + 'static>(address: impl Into<SocketAddr>, meet: impl Fn(TcpStream) -> F + Send + 'static) -> Self {
        let listener = TcpListener::bind(address.into()).await.expect("a free address");
        let address = listener.local_addr().expect("an address");
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(meet(stream));
            }
        });
        Self { address, accepted }
    }

    /// The same on a free port of 127.0.0.1.
    pub async fn start<F: Future<Output = ()> + Send + 'static>(meet: impl Fn(TcpStream) -> F + Send + 'static) -> Self {
        Self::at(([127, 0, 0, 1], 0), meet).await
    }

    /// Answers every request with `answer`, then closes.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        Self::start(move |mut stream| {
            let answer = answer.clone();
            async move {
                read_request(&mut stream).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many connections came so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// Reads up to the empty line that ends a request's head, and gives it back.
pub async fn read_request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => read.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}
