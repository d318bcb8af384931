//! A listener that counts who connects and does what a test says.

use std::{future::Future, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
};

pub struct Server {
    pub address: SocketAddr,
    clients: watch::Receiver<Vec<SocketAddr>>,
}

impl Server {
    /// Listens at `address` until the test ends, and hands every connection to `meet`.
    ///
    /// # Panics
    /// The address is taken.
    pub async fn at<F: Future<Output = ()> + Send + 'static>(address: impl Into<SocketAddr>, meet: impl Fn(TcpStream) -> F + Send + 'static) -> Self {
        let listener = TcpListener::bind(address.into()).await.expect("a free address");
        let address = listener.local_addr().expect("an address");
        let (came, clients) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok((stream, client)) = listener.accept().await {
                came.send_modify(|clients| clients.push(client));
                tokio::spawn(meet(stream));
            }
        });
        Self { address, clients }
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

    /// Stands before the service at `host:port` and puts `to` wherever either side says `from`, which is as long.
    pub async fn rewriting(service: String, from: String, to: String) -> Self {
        assert_eq!(from.len(), to.len(), "{from} and {to}");
        Self::start(move |mut client| {
            let (service, from, to) = (service.clone(), from.clone(), to.clone());
            async move {
                let Ok(mut service) = TcpStream::connect(service).await else { return };
                let ((from_client, to_client), (from_service, to_service)) = (client.split(), service.split());
                let _ = tokio::join!(rewrite(from_client, to_service, &from, &to), rewrite(from_service, to_client, &from, &to));
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

    /// How many connections came. It ends by connecting itself: whoever connected earlier is accepted earlier.
    ///
    /// # Panics
    /// Nothing listens any more.
    pub async fn accepted(mut self) -> usize {
        let last = TcpStream::connect(self.address).await.expect("it listens");
        let last = last.local_addr().expect("an address");
        let clients = self.clients.wait_for(|clients| clients.contains(&last)).await.expect("it listens");
        clients.len() - 1
    }
}

/// Texts of a test are short: they are never split between two reads.
async fn rewrite(mut reading: ReadHalf<'_>, mut writing: WriteHalf<'_>, from: &str, to: &str) -> std::io::Result<()> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        let read = reading.read(&mut chunk).await?;
        if read == 0 {
            return writing.shutdown().await;
        }
        let chunk = &mut chunk[..read];
        let places: Vec<_> = memchr::memmem::find_iter(chunk, from).collect();
        for at in places {
            chunk[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        writing.write_all(chunk).await?;
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
